import { OBJECT_BYTES } from "./jsonCopy.ts";
import type { Message } from "./message.ts";

/** A message on its way, with what the bus weighs and measures of it. */
export interface Packet {
  readonly message: Message;
  /** Approximate size in bytes: of its JSON, and of the objects that it has in memory. */
  readonly bytes: number;
  /** Monotonic time (`Clock.now`) at which it expires; infinite if it does not. */
  readonly expiresAtMs: number;
}

/**
 * Wraps a message that came from outside this process or from disk, and freezes it.
 * @param bytes the size of its JSON
 * @param now monotonic time: the clock on the wall may jump
 */
export function packetOf(message: Message, bytes: number, now: number): Packet {
  const { expiresAt } = message.metadata;
  const expiresAtMs = expiresAt === undefined ? Number.POSITIVE_INFINITY : now + Date.parse(expiresAt) - Date.now();
  return {
    message,
    bytes: bytes + freeze(message) * OBJECT_BYTES,
    expiresAtMs: Number.isNaN(expiresAtMs) ? Number.POSITIVE_INFINITY : expiresAtMs,
  };
}

/** Freezes a JSON value: all subscribers of a process share the object. @returns the number of its objects and lists */
function freeze(value: object): number {
  const waiting: object[] = [value];
  let objects = 0;
  // Without recursion: a message of another program may be nested as deeply as it likes.
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    objects += 1;
    for (const part of Object.values(next) as readonly unknown[]) {
      if (typeof part === "object" && part !== null) waiting.push(part);
    }
    Object.freeze(next);
  }
  return objects;
}
