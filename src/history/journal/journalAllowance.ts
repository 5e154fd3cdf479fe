import type { ExecutionEvent, WaitingStep } from "./journalEncoder.ts";

/**
 * Leaves out, as the steps of a run come, the output for which the journal has no room: an answer of 100 MB comes within
 * a fraction of the time that lines wait, and only its beginning is written. What waits should not hold the rest.
 */
export class JournalAllowance {
  readonly #maxRunLength: number;
  /** Output of each run that has not ended, in characters. */
  readonly #said = new Map<string, number>();

  /** @param maxRunLength how much of a run is ever written, in characters */
  constructor(maxRunLength: number) {
    this.#maxRunLength = maxRunLength;
  }

  take(event: ExecutionEvent): WaitingStep {
    if (event.type !== "command-output") return { event, unwritten: 0 };
    const { executionId, output } = event;
    const said = this.#said.get(executionId) ?? 0;
    this.#said.set(executionId, said + output.length);
    // A line is longer than its text: those before have used up all room.
    if (said < this.#maxRunLength) return { event, unwritten: 0 };
    return { event: { ...event, output: "" }, unwritten: output.length };
  }

  /** The run has ended. */
  forget(executionId: string): void {
    this.#said.delete(executionId);
  }
}
