import { onAbort } from "../base/abort.ts";
import { MAX_TIMER_MS } from "../base/deadline.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { type Disposable, toDisposable } from "../base/disposables.ts";

/** Time and chance as the options use them, injectable so that tests control both. */
export interface Times {
  /** Its timers keep a Node process alive, because a call waits for them. */
  readonly clock: Clock;
  /** Its timers do not. */
  readonly background: Clock;
  /** Milliseconds since the epoch, for metrics. */
  wallNow(): number;
  /** At least 0, less than 1. */
  random(): number;
}

export const systemTimes: Times = {
  clock: { now: () => performance.now(), after: startTimer },
  background: systemClock,
  wallNow: () => Date.now(),
  random: () => Math.random(),
};

function startTimer(delayMs: number, callback: () => void): Disposable {
  const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS));
  return toDisposable(() => clearTimeout(timer));
}

/**
 * Waits until a function that `start` gets is called. Releases what `start` returns when the wait ends.
 * @throws the signal's reason when it aborts
 */
export async function waitFor<T>(
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => Disposable,
  signal: AbortSignal | undefined,
): Promise<T> {
  signal?.throwIfAborted();
  const held: Disposable[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      held.push(start(resolve, reject));
      if (signal !== undefined) held.push(onAbort(signal, reject));
    });
  } finally {
    for (const each of held) void each.dispose();
  }
}

/** Waits for some milliseconds. @throws the signal's reason when it aborts */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return waitFor((resolve) => clock.after(ms, resolve), signal);
}

/** Returns an option that is a number. @throws RangeError for any other value */
export function numberOption(name: string, value: number | undefined, byDefault: number, least = 0): number {
  const number = value ?? byDefault;
  if (Number.isFinite(number) && number >= least) return number;
  throw new RangeError(`${name} must be a number of at least ${least}, not ${String(value)}.`);
}
