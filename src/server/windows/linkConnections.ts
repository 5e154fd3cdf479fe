import type { IncomingMessage } from "node:http";
import { sharedWeakMap } from "../../base/sharedMap.ts";

const linkConnections = sharedWeakMap<object, true>("linkConnections");

/** Marks a connection as one that came over the link of another window, which has authenticated the caller of each request. */
export function markAsLinkConnection(connection: object): void {
  linkConnections.set(connection, true);
}

export function isLinkConnection(connection: object | null): boolean {
  return connection !== null && linkConnections.has(connection);
}

/** Returns true for a request that another window has authenticated, counted and sent here. */
export function isForwarded({ socket }: IncomingMessage): boolean {
  return isLinkConnection(socket);
}
