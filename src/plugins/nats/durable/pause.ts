/** Resolves after a time, or when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAborted = (): void => resolve();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", onAborted, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", onAborted);
}
