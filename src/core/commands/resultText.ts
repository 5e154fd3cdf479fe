import type { Json } from "../../protocol/values.ts";

/**
 * Returns the `output` of the original API (docs/wire-contract.md#7-compatibility): text unchanged, "" for nothing, and
 * other values as JSON.
 */
export function resultText(value: Json): string {
  if (typeof value === "string") return value;
  return isUndefined(value) ? "" : JSON.stringify(value);
}

function isUndefined(value: Json): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    "$type" in value &&
    value.$type === "Undefined"
  );
}
