import type { Clock } from "../../../src/base/clock.ts";
import { type Disposable, toDisposable } from "../../../src/base/disposables.ts";

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** Time that passes when the test says so. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now = 0;

  readonly now = (): number => this.#now;

  /** Number of timers that are not due yet. */
  get waiting(): number {
    return this.#timers.size;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = { dueAt: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return toDisposable(() => void this.#timers.delete(timer));
  }

  /** Lets time pass, and every timer run that is due in it, with the promises that it settles. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const [timer] = [...this.#timers].filter(({ dueAt }) => dueAt <= end).toSorted((a, b) => a.dueAt - b.dueAt);
      if (timer === undefined) break;
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.dueAt);
      timer.callback();
    }
    this.#now = end;
  }
}

/** Lets everything go on that waits for promises alone. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
