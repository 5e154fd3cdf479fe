import { isEnd } from "../../protocol/events.ts";
import type { Fact, RunSummary } from "./fact.ts";
import type { StoredLine } from "./storedFact.ts";

/** The runs in a sequence of lines that have not ended. */
export class OpenRuns {
  readonly #runs = new Map<string, RunSummary>();

  get all(): readonly RunSummary[] {
    return [...this.#runs.values()];
  }

  take(line: StoredLine): void {
    if ("open" in line) {
      for (const run of line.open) this.#runs.set(run.executionId, run);
      return;
    }
    this.takeFact(line.fact);
  }

  takeFact({ event, run }: Fact): void {
    if (run === undefined) return;
    if (isEnd(event)) this.#runs.delete(run.executionId);
    else this.#runs.set(run.executionId, run);
  }
}
