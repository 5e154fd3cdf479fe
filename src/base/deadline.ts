import { onAbort } from "./abort.ts";
import type { Disposable } from "./disposables.ts";

/** The longest delay of a timer, in milliseconds; a longer one would pass at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Runs `onTime` once after `ms` milliseconds unless disposed first. Does not keep the process alive. */
export function startDeadline(ms: number, onTime: () => void): Disposable {
  return new Deadline(ms, onTime);
}

class Deadline implements Disposable {
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number, onTime: () => void) {
    this.#timer = setTimeout(onTime, Math.min(ms, MAX_TIMER_MS));
    unref(this.#timer);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Waits for `work`, for at most `ms` milliseconds. Does not cancel the work; that is up to the caller.
 * @returns the result of `work`, or `late` after the timeout
 */
export async function within<T, L>(work: PromiseLike<T>, ms: number, late: L): Promise<T | L> {
  // Not `Promise.withResolvers`, which Node 20 does not have: the SDK uses this file.
  return await new Promise<T | L>((resolve, reject) => {
    const deadline = startDeadline(ms, () => resolve(late));
    const settled = Promise.resolve(work).finally(() => void deadline.dispose());
    settled.then(resolve, reject);
  });
}

/** Waits for `work` until the signal aborts. Does not cancel the work. @throws the signal's reason */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // After an abort, nobody takes its failure.
  work.catch(() => undefined);
  signal.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    const listening = onAbort(signal, reject);
    const settled = work.finally(() => void listening.dispose());
    settled.then(resolve, reject);
  });
}

/** Unrefs a timer: in Node a pending timer keeps the process alive; in browsers a timer is a number. */
function unref(timer: unknown): void {
  if (typeof timer !== "object" || timer === null || !("unref" in timer)) return;
  if (typeof timer.unref === "function") timer.unref();
}
