import type { MessageHeaders } from "../message.ts";

const DIGITS = 3;
const BATCH = 16 ** DIGITS;
const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

const endings: readonly string[] = Array.from({ length: BATCH }, (_, value) =>
  value.toString(16).padStart(DIGITS, "0"),
);

/**
 * Ids of messages, traces and spans, for a tenth of the cost of random ones: those of a batch begin with the same random
 * digits, and the last ones count. They are unique and have the form of a UUID, but a program that knows one can guess others.
 * Nothing depends on that they are secret; the ids of requests are random.
 */
export class MessageIds {
  #message = "";
  #trace = "";
  #span = "";
  #used = BATCH;

  /** Returns the end of the ids of the next message. */
  next(): string {
    if (this.#used === BATCH) this.#begin();
    return endings[this.#used++] ?? "";
  }

  messageId(ending: string): string {
    return this.#message + ending;
  }

  /** Returns headers with a trace and a span: of `traceparent` if that is given, else new ones. Frozen. */
  headers(ending: string, given: MessageHeaders | undefined): MessageHeaders {
    const traceId = this.#trace + ending;
    const spanId = this.#span + ending;
    if (given === undefined) return Object.freeze({ traceId, spanId });
    const parent = TRACEPARENT.exec(given["traceparent"] ?? "");
    return Object.freeze({ traceId: parent?.[1] ?? traceId, spanId: parent?.[2] ?? spanId, ...given });
  }

  #begin(): void {
    this.#message = crypto.randomUUID().slice(0, -DIGITS);
    this.#trace = hexDigits().slice(0, TRACE_DIGITS - DIGITS);
    this.#span = hexDigits().slice(0, SPAN_DIGITS - DIGITS);
    this.#used = 0;
  }
}

function hexDigits(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
