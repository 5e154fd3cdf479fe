import type { Disposable } from "./disposables.ts";
import { startDeadline } from "./deadline.ts";

/** Time and timers, injectable so that tests and simulations control them. */
export interface Clock {
  /** Monotonic time in milliseconds. */
  now(): number;
  /** Calls back once after a delay in milliseconds, unless disposed first. */
  after(delayMs: number, callback: () => void): Disposable;
}

/** The clock of this process. Its timers do not keep the process alive. */
export const systemClock: Clock = { now: () => performance.now(), after: startDeadline };
