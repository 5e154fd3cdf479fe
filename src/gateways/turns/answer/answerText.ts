import type { Segment } from "./segment.ts";
import { StopText } from "./stopText.ts";
import { BYTES_PER_TOKEN } from "./tokens.ts";

/** Reasons to end an answer before the agent does. */
export type Cut = { readonly reason: "length" } | { readonly reason: "stop-sequence"; readonly sequence: string };

export interface AnswerTextOptions {
  readonly stop: readonly string[];
  /** Estimated tokens after which the answer is cut. */
  readonly maxTokens: number | undefined;
}

/** Maximum UTF-8 length of an answer, which is kept for those who repeat the request. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const encoder = new TextEncoder();

/**
 * Passes the text of the agent on to the segment of a response: up to a stop sequence or a limit, and once. Agents may
 * retract text and send it again: as far as it is the same as before, readers get nothing, and else all of it again.
 */
export class AnswerText {
  readonly #segment: Segment;
  readonly #stop: StopText;
  readonly #maxBytes: number;
  #bytes = 0;
  /** The text that readers have got, except what the agent has replaced. */
  #sent = "";
  /** Length of the part of `#sent` that the agent has not retracted, or has repeated. */
  #valid = 0;
  /** Length of that part when the agent began to repeat. */
  #repeatedFrom = 0;
  #isFaithful = true;

  constructor(segment: Segment, { stop, maxTokens = Number.POSITIVE_INFINITY }: AnswerTextOptions) {
    this.#segment = segment;
    this.#stop = new StopText(stop);
    this.#maxBytes = Math.min(MAX_ANSWER_BYTES, maxTokens * BYTES_PER_TOKEN);
  }

  /** False if readers have got text that the agent has replaced. */
  get isFaithful(): boolean {
    return this.#isFaithful && this.#valid === this.#sent.length;
  }

  /** Estimated tokens of what readers have got. */
  get tokens(): number {
    return Math.ceil(this.#bytes / BYTES_PER_TOKEN);
  }

  /** @returns why the answer ends here, if it does */
  append(text: string): Cut | undefined {
    const fresh = this.#withoutRepetition(text);
    if (fresh === "") return undefined;
    const { text: passed, stop } = this.#stop.push(fresh);
    if (this.#pass(passed)) return { reason: "length" };
    return stop === undefined ? undefined : { reason: "stop-sequence", sequence: stop };
  }

  /** Takes back the last characters of the agent's text. */
  retract(length: number): void {
    let rest = length - this.#stop.retract(length);
    if (this.#valid === this.#sent.length) {
      const removed = this.#segment.retract(Math.min(rest, this.#valid));
      this.#bytes -= Buffer.byteLength(this.#sent.slice(this.#valid - removed));
      this.#valid -= removed;
      this.#sent = this.#sent.slice(0, this.#valid);
      rest -= removed;
    }
    if (rest === 0) return;
    this.#valid = Math.max(0, this.#valid - rest);
    this.#repeatedFrom = this.#valid;
  }

  /** Passes on the text that was held back, at the end. @returns why the answer is cut, if it is */
  flush(): Cut | undefined {
    return this.#pass(this.#stop.flush()) ? { reason: "length" } : undefined;
  }

  /** Returns the part of the agent's text that readers have not got yet. */
  #withoutRepetition(text: string): string {
    if (this.#valid === this.#sent.length) return text;
    const expected = this.#sent.slice(this.#valid);
    if (expected.startsWith(text) || text.startsWith(expected)) {
      this.#valid += Math.min(text.length, expected.length);
      return text.slice(expected.length);
    }
    const repeated = this.#sent.slice(this.#repeatedFrom, this.#valid);
    this.#isFaithful = false;
    this.#sent = this.#sent.slice(0, this.#repeatedFrom);
    this.#valid = this.#repeatedFrom;
    return repeated + text;
  }

  /** @returns true if there was no room for all of it */
  #pass(text: string): boolean {
    const bytes = Buffer.byteLength(text);
    const room = this.#maxBytes - this.#bytes;
    const passed = bytes > room ? beginningOf(text, room) : text;
    this.#bytes += Math.min(bytes, room);
    this.#sent += passed;
    this.#valid += passed.length;
    this.#segment.add({ type: "text", text: passed });
    return bytes > room;
  }
}

/** Returns as much of a text as fits, without half a character. */
function beginningOf(text: string, maxBytes: number): string {
  const { read } = encoder.encodeInto(text, new Uint8Array(Math.max(0, maxBytes)));
  return text.slice(0, read);
}
