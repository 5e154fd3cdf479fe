import type { Disposable } from "./disposables.ts";

/** Runs `onTime` once after `ms` milliseconds, unless disposed before. It never keeps the process alive. */
export function startDeadline(ms: number, onTime: () => void): Disposable {
  return new Deadline(ms, onTime);
}

class Deadline implements Disposable {
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number, onTime: () => void) {
    this.#timer = setTimeout(onTime, ms);
    letGo(this.#timer);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Waits for `work` for at most `ms` milliseconds.
 * @returns what the work gave, or `late` when the time is over; the work itself goes on, so cancel it at the caller.
 */
export async function within<T, L>(work: PromiseLike<T>, ms: number, late: L): Promise<T | L> {
  const { promise, resolve } = Promise.withResolvers<L>();
  const deadline = startDeadline(ms, () => resolve(late));
  try {
    return await Promise.race([work, promise]);
  } finally {
    await deadline.dispose();
  }
}

/** Waits for `work` until the signal aborts; the work itself goes on. @throws the signal's reason. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A timer of Node would keep its process alive; one of a browser is a number. */
function letGo(timer: unknown): void {
  if (typeof timer !== "object" || timer === null || !("unref" in timer)) return;
  if (typeof timer.unref === "function") timer.unref();
}
