/**
 * Work on more than this, in bytes or characters, gets its own turn of the event loop: parsing or serializing it takes
 * at least a millisecond.
 */
export const LARGE = 256 * 1024;

const waiting: (() => void)[] = [];

/**
 * Resolves in a turn of the event loop that is shared with no other caller, in call order, with a full iteration of the
 * loop between two callers. Large steps that become ready at the same time so delay small requests by one step, not by
 * the sum of all. The queue is per process, as the event loop is.
 */
export function ownTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (waiting.push(resolve) === 1) setImmediate(next);
  return promise;
}

function next(): void {
  waiting[0]?.();
  // Runs after the continuation of the resolved promise, and after input that has arrived in the meantime.
  setImmediate(() => {
    waiting.shift();
    if (waiting.length > 0) setImmediate(next);
  });
}
