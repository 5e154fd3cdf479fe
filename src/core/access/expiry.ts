/**
 * The end of an access, by the clock of the system and by the monotonic one: setting the system's clock back extends nothing,
 * and what is over stays over.
 */
export class Expiry {
  /** Epoch milliseconds; undefined for an access without an end. */
  readonly at: number | undefined;
  /** By the monotonic clock, in milliseconds. */
  readonly #endsAt: number;
  #isOver = false;

  /** @param now epoch milliseconds; later than the clock if the clock was set back */
  constructor(at: number | undefined, now = Date.now()) {
    this.at = at;
    this.#endsAt = at === undefined ? Number.POSITIVE_INFINITY : performance.now() + at - now;
  }

  get isOver(): boolean {
    if (this.#isOver || this.at === undefined) return this.#isOver;
    this.#isOver = performance.now() >= this.#endsAt || Date.now() >= this.at;
    return this.#isOver;
  }

  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /** Ends it before its time, or at a timer that fires a moment before the clocks. */
  end(): void {
    this.#isOver = true;
  }
}
