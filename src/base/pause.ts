import { onAbort } from "./abort.ts";
import type { Clock } from "./clock.ts";
import { MAX_TIMER_MS } from "./deadline.ts";
import { type Disposable, toDisposable } from "./disposables.ts";

/** The clock of calls: its timers keep a Node process alive, because a call waits for them. */
export const callClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_TIMER_MS));
    return toDisposable(() => clearTimeout(timer));
  },
};

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
