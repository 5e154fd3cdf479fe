const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})(-.*)?$/;
/** A trace or a span without an ID. */
const NO_ID = /^0{32}-|-0{16}-/;

/**
 * Reads a `traceparent` (https://www.w3.org/TR/trace-context/) as one of version 00, of which later ones have all fields.
 * Returns undefined for a text that is none, which is ignored like a missing one.
 */
export function readTraceparent(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const [, version, fields = "", rest] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === "ff" || NO_ID.test(fields)) return undefined;
  return version === "00" && rest !== undefined ? undefined : `00-${fields}`;
}
