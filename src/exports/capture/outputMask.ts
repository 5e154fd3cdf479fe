import type { Redactor } from "../../core/privacy/redactor.ts";
import { appendToStream, retractFromStream, type StreamState, streamStart } from "../../core/privacy/secretStream.ts";

type Stream = "stdout" | "stderr";

/** The output of one run as it is exported step by step: a secret may be split over steps. */
export class OutputMask {
  readonly #redactor: Redactor;
  readonly #states = new Map<Stream, StreamState>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** Returns the text that is certain now. The rest moves to the next step. */
  append(text: string, stream: Stream): string {
    const step = appendToStream(this.#states.get(stream) ?? streamStart, text, this.#redactor.find);
    this.#states.set(stream, step.state);
    return step.text;
  }

  /** Removes the last characters of stdout. @returns the number of characters to remove from what was returned */
  retract(length: number): number {
    const { state, retracted } = retractFromStream(this.#states.get("stdout") ?? streamStart, length);
    this.#states.set("stdout", state);
    return retracted;
  }

  /** Returns what was withheld of each stream. */
  end(): { readonly stream: Stream; readonly text: string }[] {
    return [...this.#states]
      .map(([stream, state]) => ({ stream, text: appendToStream(state, "", this.#redactor.find, "end").text }))
      .filter(({ text }) => text !== "");
  }
}
