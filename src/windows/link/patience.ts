import type { Clock } from "../../base/clock.ts";
import type { Disposable } from "../../base/disposables.ts";

/** A timer that is later than this, in milliseconds, shows that this process did not run. */
const LATE_MS = 200;
/** Extra time in milliseconds to read what has arrived meanwhile. */
const GRACE_MS = 200;
/** The same for a timer that is not late: it fires before input that has arrived already is read. */
const POLL_MS = 10;

/**
 * Calls back after a delay in which nothing arrived. In a process that was stopped or blocked, timers fire before pending
 * input is read; this one then waits 200 ms more, so that only the other end can be found to be late.
 */
export function afterWaiting(clock: Clock, delayMs: number, callback: () => void): Disposable {
  const dueAt = clock.now() + delayMs;
  let timer = clock.after(delayMs, () => {
    timer = clock.now() - dueAt > LATE_MS ? afterWaiting(clock, GRACE_MS, callback) : clock.after(POLL_MS, callback);
  });
  return { dispose: () => timer.dispose() };
}
