import type { Clock } from "../../base/clock.ts";
import type { Message } from "../bus/message.ts";
import type { Packet } from "../bus/transport.ts";

/** Makes a packet of a message that was read from the disk. */
export function packetOf(message: Message, bytes: number, clock: Clock): Packet {
  const { expiresAt } = message.metadata;
  const expiresInMs = expiresAt === undefined ? Number.NaN : Date.parse(expiresAt) - Date.now();
  const expiresAtMs = Number.isNaN(expiresInMs) ? Number.POSITIVE_INFINITY : clock.now() + expiresInMs;
  return { message: deepFreeze(message), bytes, expiresAtMs };
}

/** Freezes a JSON value: all subscribers of a process share the object. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
