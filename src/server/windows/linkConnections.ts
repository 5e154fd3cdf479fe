const linkConnections = new WeakSet<object>();

/** Marks a connection as one that came over the link of another window, which has authenticated the caller of each request. */
export function markAsLinkConnection(connection: object): void {
  linkConnections.add(connection);
}

export function isLinkConnection(connection: object | null): boolean {
  return connection !== null && linkConnections.has(connection);
}
