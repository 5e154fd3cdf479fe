import type { Redactor } from "../../core/privacy/redactor.ts";
import { appendToStream, retractFromStream, type StreamState, streamStart } from "../../core/privacy/secretStream.ts";

/** Length in characters behind a truncation that is examined as well: a secret is recognized by its first characters. */
const MARGIN = 5000;

/**
 * The output of one run while it is written: a secret may be split over steps. Text that is undecided at the end of a
 * step moves to the next one, or to the end line.
 */
export class MaskedOutput {
  readonly #redactor: Redactor;
  #stdout: StreamState = streamStart;
  #stderr: StreamState = streamStart;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Number of characters of stdout that were written. The text on disk has `shown` characters for them. */
  get consumed(): number {
    return this.#stdout.consumed;
  }

  get shown(): number {
    return this.#stdout.shown;
  }

  get isMasked(): boolean {
    return this.#stdout.replaced !== undefined || this.#stderr.replaced !== undefined;
  }

  /** Returns the next part of the output on disk, and a function that takes the chunk back. */
  append(chunk: string, stream: "stdout" | "stderr"): { readonly text: string; readonly undo: () => void } {
    const before = { stdout: this.#stdout, stderr: this.#stderr };
    const { state, text } = appendToStream(before[stream], chunk, this.#redactor.find);
    if (stream === "stdout") this.#stdout = state;
    else this.#stderr = state;
    return {
      text,
      undo: () => {
        this.#stdout = before.stdout;
        this.#stderr = before.stderr;
      },
    };
  }

  /** Removes the last characters of stdout. @returns the number of characters to remove on disk */
  retract(length: number): number {
    const isUnchanged = this.#stdout.replaced === undefined && this.#stdout.held === "";
    const { state, retracted } = retractFromStream(this.#stdout, length);
    this.#stdout = state;
    return isUnchanged ? length : retracted;
  }

  /** Forgets what was written of stdout. */
  restart(): void {
    this.#stdout = streamStart;
  }

  /** Removes what was written beyond this length of stdout. */
  limit(length: number): void {
    if (this.consumed > length) this.retract(this.consumed - length + this.#stdout.held.length);
  }

  /** Returns the rest of the output on disk, for a caller that truncates it. @param room enough characters */
  rest(output: string, room: number): string {
    const from = this.#stdout.consumed;
    const end = from + room + MARGIN;
    const then = end < output.length ? "cut" : "end";
    const state = { ...this.#stdout, held: "" };
    const step = appendToStream(state, output.slice(from, end), this.#redactor.find, then);
    this.#stdout = step.state;
    return step.text;
  }
}
