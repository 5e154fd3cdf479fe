import { reportListenerError } from "../../client/reportListenerError.ts";

/** Reports failures that no caller is told as warnings of the process: of each kind the first, second, fourth, eighth … */
export class FailureReports {
  readonly #counts = new Map<string, number>();

  report(kind: string, error: unknown): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const isPowerOfTwo = (count & (count - 1)) === 0;
    if (isPowerOfTwo) reportListenerError(error);
  }
}
