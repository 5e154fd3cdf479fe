import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";

/** Runs work that is requested often at most once per interval: the first time at once. */
export class Coalesced implements Disposable {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #work: () => void;
  #timer: Disposable | undefined;
  #isRequested = false;
  #isDisposed = false;

  constructor(clock: Clock, intervalMs: number, work: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#work = work;
  }

  readonly request = (): void => {
    this.#isRequested = true;
    if (this.#timer === undefined) this.#run();
  };

  dispose(): void {
    this.#isDisposed = true;
    void this.#timer?.dispose();
  }

  #run(): void {
    this.#timer = undefined;
    if (!this.#isRequested || this.#isDisposed) return;
    this.#isRequested = false;
    this.#timer = this.#clock.after(this.#intervalMs, () => this.#run());
    this.#work();
  }
}
