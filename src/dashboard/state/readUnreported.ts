import type { DashboardResults } from "../contract/dashboard.ts";
import type { HostConnection } from "./hostConnection.ts";

/** Parts that most users do not have, and windows of earlier versions neither. */
export type Extras = Partial<Pick<DashboardResults, "plugins" | "conversations" | "models" | "exports">>;

/** Reads what no event reports, of one window or of all. */
export async function readUnreported(connection: Pick<HostConnection, "call">, windowId: string | undefined) {
  const [metrics, clients, access, plugins, conversations, models, exports] = await Promise.all([
    // A chosen window that does not respond has none.
    connection.call("metrics", windowId === undefined ? {} : { windowId }).catch(() => undefined),
    connection.call("clients"),
    connection.call("access"),
    // The window that answers may have an earlier version.
    connection.call("plugins").catch(() => undefined),
    connection.call("conversations").catch(() => undefined),
    connection.call("models").catch(() => undefined),
    connection.call("exports").catch(() => undefined),
  ]);
  const extras: Extras = {
    ...(plugins && { plugins }),
    ...(conversations && { conversations }),
    ...(models && { models }),
    ...(exports && { exports }),
  };
  return { metrics, clients, access, extras };
}
