import type { DashboardResults } from "../contract/dashboard.ts";
import type { HostConnection } from "./hostConnection.ts";

/** Parts that most users do not have, and windows of earlier versions neither. */
export type Extras = Partial<Pick<DashboardResults, "plugins" | "conversations" | "models" | "exports">>;

export interface UnreportedQuery {
  /** The only window. Undefined for all. */
  readonly windowId: string | undefined;
  /** The methods that the host does not offer to this page, which are not called. */
  readonly withheld?: Readonly<Record<string, string>> | undefined;
}

/** Reads what no event reports. */
export async function readUnreported(
  connection: Pick<HostConnection, "call">,
  { windowId, withheld = {} }: UnreportedQuery,
) {
  const [metrics, clients, access, plugins, conversations, models, exports] = await Promise.all([
    // A chosen window that does not respond has none.
    connection.call("metrics", windowId === undefined ? {} : { windowId }).catch(() => undefined),
    withheld["clients"] === undefined ? connection.call("clients") : [],
    withheld["access"] === undefined ? connection.call("access") : undefined,
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
