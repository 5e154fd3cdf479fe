import type { WaitingStep } from "./journalEncoder.ts";
import type { ExecutionEvent } from "./journalParts.ts";

/**
 * Drops output beyond the limit of a run as soon as it arrives. An answer of 100 MB arrives faster than the queue is
 * flushed, and only its beginning is stored; the queue should not hold the rest.
 */
export class JournalAllowance {
  readonly #maxRunLength: number;
  /** Output length of each running execution, in characters. */
  readonly #said = new Map<string, number>();

  /** @param maxRunLength the maximum length of the stored text of one run, in characters */
  constructor(maxRunLength: number) {
    this.#maxRunLength = maxRunLength;
  }

  take(event: ExecutionEvent): WaitingStep {
    if (event.type !== "command-output") return { event, unwritten: 0 };
    const { executionId, output } = event;
    const said = this.#said.get(executionId) ?? 0;
    this.#said.set(executionId, said + output.length);
    // A line is longer than its text, so earlier lines have used up the limit.
    if (said < this.#maxRunLength) return { event, unwritten: 0 };
    return { event: { ...event, output: "" }, unwritten: output.length };
  }

  /** Removes the counter of an execution that has ended. */
  forget(executionId: string): void {
    this.#said.delete(executionId);
  }
}
