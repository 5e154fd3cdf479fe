import { canonicalJson } from "../../base/canonicalJson.ts";
import { messageOf } from "../../protocol/errors.ts";
import { bytesOf, invalidState, tooLarge } from "./stateLimits.ts";

/** A value as JSON expresses it: a copy of its own, deeply frozen. */
export interface JsonValue {
  readonly value: unknown;
  /** Its canonical JSON: the same for equal values. */
  readonly text: string;
  readonly bytes: number;
}

/**
 * Copies a value as JSON does.
 * @throws BridgeError VALIDATION_FAILED for what JSON cannot express, PAYLOAD_TOO_LARGE above `maxBytes`
 */
export function jsonValueOf(value: unknown, maxBytes: number): JsonValue {
  const json = jsonOf(value);
  const bytes = bytesOf(json);
  if (bytes > maxBytes) throw tooLarge("The value", maxBytes, "bytes");
  const copy = frozen(JSON.parse(json));
  return { value: copy, text: canonicalJson(copy), bytes };
}

function jsonOf(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw invalidState(`The value cannot be expressed as JSON: ${messageOf(error)}`);
  }
  if (json === undefined) throw invalidState("The value is undefined or a function. Use null for no value.");
  return json;
}

/** Freezes a JSON value deeply: all readers share it. */
export function frozen(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}
