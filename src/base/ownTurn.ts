/** A step over more than this takes a turn of its own: parsing or spelling it takes a millisecond and more. In bytes or characters. */
export const LARGE = 256 * 1024;

const waiting: (() => void)[] = [];

/**
 * Resolves in a turn of the event loop that no other caller of this function has, in the order of the calls; between two of
 * them comes a whole round of the loop. Large steps that are ready at the same time so hold up small requests by one of them,
 * not by their sum. For the process, since that has one event loop.
 */
export function ownTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (waiting.push(resolve) === 1) setImmediate(next);
  return promise;
}

function next(): void {
  waiting[0]?.();
  // Behind what the resolved one does now, and behind what has come in meanwhile.
  setImmediate(() => {
    waiting.shift();
    if (waiting.length > 0) setImmediate(next);
  });
}
