import { BridgeError } from "../../protocol/errors.ts";

/** The bounds of the state of one plugin. */
export interface StateLimits {
  /** Characters of a key. */
  readonly keyLength: number;
  /** Keys of each type. Keys are not freed. */
  readonly keys: number;
  /** Bytes of a value as JSON: of a register, of a member of a set. */
  readonly valueBytes: number;
  readonly exportBytes: number;
  readonly setMembers: number;
  /** Bytes of the whole state, about as its JSON. */
  readonly documentBytes: number;
}

export const stateLimits: StateLimits = {
  keyLength: 200,
  keys: 1000,
  valueBytes: 64 * 1024,
  exportBytes: 256 * 1024,
  setMembers: 10_000,
  documentBytes: 512 * 1024,
};

/** The bounds of a merged document: two replicas that are each within their limits may exceed them together. */
export const mergedLimits: StateLimits = {
  ...stateLimits,
  keys: 2 * stateLimits.keys,
  setMembers: 2 * stateLimits.setMembers,
  documentBytes: 1.5 * stateLimits.documentBytes,
};

const encoder = new TextEncoder();

/** Returns the number of bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  // A character has at most three bytes for each unit: short texts need no exact count to be within a bound.
  return text.length < 64 ? asciiBytesOf(text) : encoder.encode(text).length;
}

function asciiBytesOf(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  return bytes;
}

export function tooLarge(what: string, limit: number, unit: string): BridgeError {
  return new BridgeError("PAYLOAD_TOO_LARGE", `${what} exceeds the limit of ${limit} ${unit}.`, { limit, unit });
}

export function invalidState(message: string): BridgeError {
  return new BridgeError("VALIDATION_FAILED", message);
}
