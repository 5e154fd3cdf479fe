import type { Clock } from "../../base/clock.ts";
import type { Backoff } from "./backoff.ts";
import type { DeliveryFailure } from "./destination.ts";

/** Number of consecutive failures after which everything is held back, whatever their cause. */
const MAX_OWN_FAILURES = 3;

/** The time in which a destination takes nothing: it is left alone for growing delays, and then tried with one batch. */
export class Outage {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #kind: "passing" | "blocked" = "passing";
  #failures = 0;
  #ownFailures = 0;
  #holdsUntil = 0;
  #round = 0;

  constructor(clock: Clock, backoff: Backoff) {
    this.#clock = clock;
    this.#backoff = backoff;
  }

  get state(): "passing" | "blocked" | undefined {
    return this.#failures === 0 ? undefined : this.#kind;
  }

  /** Increases with each delay: a batch that was sent before it says nothing new. */
  get round(): number {
    return this.#round;
  }

  /** Time of the clock; undefined if sending is allowed. */
  get holdsUntil(): number | undefined {
    return this.#holdsUntil > this.#clock.now() ? this.#holdsUntil : undefined;
  }

  /** Returns true if a further batch may be sent. */
  mayStart(onTheirWay: number, concurrency: number): boolean {
    if (this.holdsUntil !== undefined) return false;
    return onTheirWay < (this.#failures === 0 ? concurrency : 1);
  }

  /** Counts a failure that may pass. @returns true if it is of the destination, and not of what was sent */
  concernsAll({ status, retryAfterMs }: DeliveryFailure): boolean {
    if (status === undefined || retryAfterMs !== undefined || [429, 502, 503, 504].includes(status)) return true;
    this.#ownFailures += 1;
    return this.#ownFailures > MAX_OWN_FAILURES;
  }

  /** @param round when the batch was sent */
  begin(kind: "passing" | "blocked", round: number, retryAfterMs: number | undefined): void {
    if (round !== this.#round) return;
    this.#kind = kind;
    this.#failures += 1;
    this.#round += 1;
    this.#holdsUntil = this.#clock.now() + this.#backoff[kind](this.#failures, retryAfterMs);
  }

  end(): void {
    this.#failures = 0;
    this.#ownFailures = 0;
    this.#holdsUntil = 0;
  }
}
