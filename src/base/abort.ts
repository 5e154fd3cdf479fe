import { type Disposable, toDisposable } from "./disposables.ts";

/** Runs `listener` once with the signal's reason when it aborts, at once if it has; unless disposed before. */
export function onAbort(signal: AbortSignal, listener: (reason: unknown) => void): Disposable {
  const run = (): void => listener(signal.reason);
  signal.addEventListener("abort", run, { once: true });
  if (signal.aborted) run();
  return toDisposable(() => signal.removeEventListener("abort", run));
}
