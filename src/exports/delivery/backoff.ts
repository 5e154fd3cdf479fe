const SHORTEST_MS = 1000;
const LONGEST_MS = 5 * 60_000;
/** The longest time in milliseconds that a destination may ask for. */
const MAX_RETRY_AFTER_MS = 3_600_000;
const BLOCKED_SHORTEST_MS = 60_000;
const BLOCKED_LONGEST_MS = 15 * 60_000;
/** Part of a planned delay that is added at random at most. */
const JITTER = 0.1;

/** Delays in milliseconds, at random so that windows that failed together do not return together. */
export interface Backoff {
  /** After a number of failures, which may pass. @param retryAfterMs as the destination wants it */
  passing(failures: number, retryAfterMs: number | undefined): number;
  /** After a number of failures that a person must fix. */
  blocked(failures: number, retryAfterMs: number | undefined): number;
  /** For a delay of a schedule. */
  planned(delayMs: number): number;
}

/** @param random at least 0, less than 1 */
export function backoffOf(random: () => number): Backoff {
  const planned = (delayMs: number): number => delayMs * (1 + JITTER * random());
  const growing = (failures: number, shortest: number, longest: number): number => {
    const most = Math.min(longest, shortest * 2 ** Math.min(failures, 30));
    return shortest + random() * (most - shortest);
  };
  const atLeast = (retryAfterMs: number | undefined, delayMs: number): number =>
    retryAfterMs === undefined ? delayMs : Math.max(delayMs, planned(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)));
  return {
    passing: (failures, retryAfterMs) => atLeast(retryAfterMs, growing(failures, SHORTEST_MS, LONGEST_MS)),
    blocked: (failures, retryAfterMs) =>
      atLeast(retryAfterMs, growing(failures, BLOCKED_SHORTEST_MS, BLOCKED_LONGEST_MS)),
    planned,
  };
}
