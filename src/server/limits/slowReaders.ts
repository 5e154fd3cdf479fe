/** Limits what a slow reader may leave unread on its connection, in bytes (docs/wire-contract.md#56-slow-readers). */
export const MAX_WAITING_BYTES = 1024 * 1024;
