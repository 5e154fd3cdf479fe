import type { Clock } from "../../base/clock.ts";

/** Maximum number of messages at once. A process that was blocked reads those of a second or more together. */
const MAX_BURST = 100_000;
const PER_MS = 50;

/** Limits the rate of messages that cost more to handle than to send: 50,000 per second, after bursts of 100,000. */
export class MessageMeter {
  readonly #clock: Clock;
  #left = MAX_BURST;
  #countedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedAt = clock.now();
  }

  /** @returns false if there are too many */
  count(): boolean {
    if (--this.#left > 0) return true;
    const now = this.#clock.now();
    this.#left = Math.min(MAX_BURST, this.#left + (now - this.#countedAt) * PER_MS);
    this.#countedAt = now;
    return this.#left > 0;
  }
}
