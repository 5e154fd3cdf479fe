/** The real timers, also while a test rules those of the product (`TestClock`). */
const {
  setTimeout: startTimer,
  clearTimeout: endTimer,
  setInterval: startInterval,
  clearInterval: endInterval,
} = globalThis;

/** How long and how often to look at something that has no event of its own. */
export interface LookOptions {
  /** What is waited for, as the end of the sentence "… did not happen: ". */
  readonly what: string;
  readonly deadlineMs: number;
  readonly everyMs?: number;
}

/** Settles as `work` does, or rejects after `deadlineMs` with a message that names `what`. The work itself goes on: its caller ends it. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = startTimer(() => reject(new Error(`Waited ${seconds(deadlineMs)} in vain for ${what}.`)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    endTimer(timer);
  }
}

/**
 * Looks again and again until `look` answers something other than `undefined`.
 * Only for facts that nothing announces (a port that falls silent); where an event exists, wait for the event.
 * A look that throws counts as "not yet"; the last reason is told when time is up.
 */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  options: LookOptions,
): Promise<T> {
  const endsAt = Date.now() + options.deadlineMs;
  let lastReason = "";
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
      lastReason = "";
    } catch (error) {
      lastReason = ` Last reason: ${error instanceof Error ? error.message : String(error)}.`;
    }
    if (Date.now() >= endsAt)
      throw new Error(`Waited ${seconds(options.deadlineMs)} in vain for ${options.what}.${lastReason}`);
    await new Promise((resolve) => startTimer(resolve, options.everyMs ?? 50));
  }
}

/** Calls `act` at a steady rate, late calls included. @returns a function that ends it */
export function atRate(perSecond: number, act: () => void): () => void {
  const startedAt = Date.now();
  let count = 0;
  const catchUp = (): void => {
    const due = ((Date.now() - startedAt) / 1000) * perSecond;
    for (; count < due; count++) act();
  };
  const timer = startInterval(catchUp, 5);
  return () => endInterval(timer);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
