import type { Message } from "./message.ts";

/** A message on its way, with what the bus weighs and measures of it. */
export interface Packet {
  readonly message: Message;
  /** Approximate size of its JSON in bytes. */
  readonly bytes: number;
  /** Monotonic time (`Clock.now`) at which it expires; infinite if it does not. */
  readonly expiresAtMs: number;
}

/**
 * Wraps a message that came from outside this process or from disk, and freezes it.
 * @param now monotonic time: the clock on the wall may jump
 */
export function packetOf(message: Message, bytes: number, now: number): Packet {
  const { expiresAt } = message.metadata;
  const expiresAtMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : now + Date.parse(expiresAt) - Date.now();
  return {
    message: deepFreeze(message),
    bytes,
    expiresAtMs: Number.isNaN(expiresAtMs) ? Number.POSITIVE_INFINITY : expiresAtMs,
  };
}

/** Freezes a JSON value: all subscribers of a process share the object. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
