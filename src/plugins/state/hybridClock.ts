/** A time of a hybrid logical clock: epoch milliseconds, a count within the millisecond, and the replica that took it. */
export type Stamp = readonly [ms: number, count: number, replica: string];

/** The distance in milliseconds that another clock may be ahead: those of the machines of one user agree within seconds. */
const MAX_AHEAD_MS = 5 * 60_000;
export const MAX_COUNT = 2 ** 31;

/** Orders times of all replicas, with no two equal ones of the same replica. */
export function compareStamps([ms, count, replica]: Stamp, [otherMs, otherCount, otherReplica]: Stamp): number {
  return ms - otherMs || count - otherCount || compareTexts(replica, otherReplica);
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * A hybrid logical clock (Kulkarni et al., 2014): close to the wall clock, but each time is after all that this clock has
 * taken or received, also when the wall clock goes back.
 */
export class HybridClock {
  readonly #now: () => number;
  #ms = 0;
  #count = 0;

  /** @param now the wall clock in epoch milliseconds, injectable for tests */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  tick(replica: string): Stamp {
    const now = Math.floor(this.#now());
    if (now > this.#ms) this.#moveTo(now, 0);
    else if (this.#count >= MAX_COUNT) this.#moveTo(this.#ms + 1, 0);
    else this.#count += 1;
    return [this.#ms, this.#count, replica];
  }

  /** Returns false for a time so far ahead of both clocks that whatever others write would be lost against it. */
  accepts([ms]: Stamp): boolean {
    return ms <= Math.max(this.#now() + MAX_AHEAD_MS, this.#ms);
  }

  /** Moves the clock to a time that another one has taken. */
  receive([ms, count]: Stamp): void {
    if (ms > this.#ms || (ms === this.#ms && count > this.#count)) this.#moveTo(ms, count);
  }

  #moveTo(ms: number, count: number): void {
    this.#ms = ms;
    this.#count = count;
  }
}
