import type { HostConnection } from "./hostConnection.ts";

/** Reads what no event reports, of one window or of all. */
export async function readUnreported(connection: Pick<HostConnection, "call">, windowId: string | undefined) {
  const [metrics, clients, access, plugins] = await Promise.all([
    // A chosen window that does not respond has none.
    connection.call("metrics", windowId === undefined ? {} : { windowId }).catch(() => undefined),
    connection.call("clients"),
    connection.call("access"),
    // The window that answers may have an earlier version.
    connection.call("plugins").catch(() => undefined),
  ]);
  return { metrics, clients, access, plugins };
}
