/**
 * Resolves when everything was read that has arrived by now: behind a whole round of the event loop. In a process that was busy a
 * timer runs before what has come in meanwhile is read, and would take it for missing.
 */
export function nextPoll(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
