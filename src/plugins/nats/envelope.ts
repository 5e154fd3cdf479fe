import { systemClock } from "../../base/clock.ts";
import type { Message } from "../bus/message.ts";
import { type Packet, packetOf } from "../bus/packet.ts";

const texts = ["messageId", "timestamp", "source", "destination", "topic", "messageType"] as const;
const objects = ["headers", "metadata"] as const;

export function encodeMessage(message: Message): string {
  return JSON.stringify(message);
}

/**
 * Reads a message that a bridge has sent. Other programs with access to the server may send anything.
 * @returns undefined for what is no message
 */
export function decodeMessage(data: Uint8Array): Packet | undefined {
  const parsed = parse(data);
  if (!isMessage(parsed)) return undefined;
  // An undefined payload is not in the JSON text.
  const message = "payload" in parsed ? parsed : Object.assign(parsed as Message, { payload: undefined });
  return packetOf(freeze(message), data.byteLength, systemClock.now());
}

/** Returns a copy of a packet with further metadata. */
export function withMetadata(packet: Packet, metadata: Readonly<Record<string, unknown>>): Packet {
  const message = freeze({ ...packet.message, metadata: { ...packet.message.metadata, ...metadata } });
  return { ...packet, message };
}

export function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    return undefined;
  }
}

/** Returns true for the envelope of a message. */
export function isMessage(value: unknown): value is Message {
  if (!isObject(value)) return false;
  return (
    texts.every((key) => typeof value[key] === "string") &&
    objects.every((key) => isObject(value[key])) &&
    typeof value["priority"] === "number"
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Freezes a value that was parsed from JSON, with all in it. */
function freeze<T>(value: T): T {
  const left: unknown[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next !== "object" || next === null || Object.isFrozen(next)) continue;
    Object.freeze(next);
    for (const each of Object.values(next)) if (typeof each === "object" && each !== null) left.push(each);
  }
  return value;
}
