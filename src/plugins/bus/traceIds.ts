import type { MessageHeaders } from "./message.ts";

const DIGITS = 3;
const COUNT = 16 ** DIGITS;
const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;
const COUNTED_DIGITS = 3 * DIGITS;

const hexTexts: readonly string[] = Array.from({ length: COUNT }, (_, value) =>
  value.toString(16).padStart(DIGITS, "0"),
);

/**
 * Makes ids of traces and spans: a random part of this process, then a number. They are unique, not secret, and cost a
 * fraction of what random ones do.
 */
const prefix = Array.from(crypto.getRandomValues(new Uint8Array(TRACE_DIGITS / 2)), (byte) =>
  byte.toString(16).padStart(2, "0"),
).join("");
const tracePrefix = prefix.slice(0, TRACE_DIGITS - COUNTED_DIGITS);
const spanPrefix = prefix.slice(TRACE_DIGITS - SPAN_DIGITS + COUNTED_DIGITS);

let low = 0;
let middle = 0;
let high = 0;

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

/** Returns the headers of a message: with a trace and a span, of `traceparent` if that is given, else new ones. Frozen. */
export function withTrace(headers: MessageHeaders | undefined): MessageHeaders {
  const count = nextCount();
  const traceId = tracePrefix + count;
  const spanId = spanPrefix + count;
  if (headers === undefined) return Object.freeze({ traceId, spanId });
  const parent = TRACEPARENT.exec(headers["traceparent"] ?? "");
  return Object.freeze({ traceId: parent?.[1] ?? traceId, spanId: parent?.[2] ?? spanId, ...headers });
}

function nextCount(): string {
  low += 1;
  if (low === COUNT) {
    low = 0;
    middle = (middle + 1) % COUNT;
    if (middle === 0) high = (high + 1) % COUNT;
  }
  return `${hexTexts[high]}${hexTexts[middle]}${hexTexts[low]}`;
}
