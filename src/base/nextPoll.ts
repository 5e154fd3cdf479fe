/**
 * Resolves after a full iteration of the event loop, when all input that has arrived so far was read. In a busy
 * process, timers fire before pending input is read, and would take it for missing.
 */
export function nextPoll(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
