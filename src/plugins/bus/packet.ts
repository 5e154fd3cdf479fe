import type { Message } from "./message.ts";

/** A message on its way, with what the bus weighs and measures of it. */
export interface Packet {
  readonly message: Message;
  /** Approximate size of its JSON in bytes. */
  readonly bytes: number;
  /** Monotonic time (`Clock.now`) at which it expires; infinite if it does not. */
  readonly expiresAtMs: number;
}

/** Wraps a message that came from outside this process or from disk. `now` is monotonic; the clock on the wall may jump. */
export function packetOf(message: Message, bytes: number, now: number): Packet {
  const { expiresAt } = message.metadata;
  const expiresAtMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : now + Date.parse(expiresAt) - Date.now();
  return { message, bytes, expiresAtMs: Number.isNaN(expiresAtMs) ? Number.POSITIVE_INFINITY : expiresAtMs };
}
