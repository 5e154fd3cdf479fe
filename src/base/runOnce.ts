import type { Disposable } from "./disposables.ts";

/** Runs a function once for many requests: a fixed time after the first of them. */
export class RunOnce implements Disposable {
  readonly #run: () => void;
  readonly #delayMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: () => void, delayMs: number) {
    this.#run = run;
    this.#delayMs = delayMs;
  }

  /** Requests a run; joins one that is pending. */
  readonly schedule = (): void => {
    this.#timer ??= setTimeout(this.now, this.#delayMs);
  };

  /** Runs at once, in place of a pending run. */
  readonly now = (): void => {
    this.dispose();
    this.#run();
  };

  /** Cancels a pending run. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
