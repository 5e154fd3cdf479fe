import type { Clock } from "../../base/clock.ts";
import { numberOption } from "../../base/numberOption.ts";
import { callClock, pause } from "../../base/pause.ts";
import { isBridgeError, messageOf } from "../../protocol/errors.ts";

export type Backoff = "linear" | "exponential" | "fibonacci";

/** The `retryPolicy` of a manifest. */
export interface RetryPolicyOptions {
  /** Further attempts after the first one; 3 by default. */
  readonly maxRetries?: number | undefined;
  /** The growth of the delays: 1, 2, 3, 4 …; 1, 2, 4, 8 …; or 1, 1, 2, 3, 5 … times the first one. `exponential` by default. */
  readonly backoff?: Backoff | undefined;
  /** Milliseconds before the first repetition; 1000 by default. */
  readonly initialDelay?: number | undefined;
  /** The longest delay in milliseconds; 10000 by default. */
  readonly maxDelay?: number | undefined;
  /** The part of each delay that is random, from 0 to 1; 0.5 by default: callers that failed together do not return together. */
  readonly jitter?: number | undefined;
  /** Codes of errors, or texts in their messages, that are repeated. By default all but those that a repetition cannot mend. */
  readonly retryableErrors?: readonly string[] | undefined;
}

export interface RetryPolicyDeps {
  readonly clock?: Clock | undefined;
  /** At least 0, less than 1. */
  readonly random?: (() => number) | undefined;
}

/** Repeats operations that fail, after growing delays. */
export class RetryPolicy {
  readonly #maxRetries: number;
  readonly #backoff: Backoff;
  readonly #initialDelay: number;
  readonly #maxDelay: number;
  readonly #jitter: number;
  readonly #retryableErrors: readonly string[] | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: RetryPolicyOptions = {}, { clock = callClock, random = Math.random }: RetryPolicyDeps = {}) {
    this.#maxRetries = numberOption("maxRetries", options.maxRetries, 3);
    this.#backoff = options.backoff ?? "exponential";
    if (!(this.#backoff in growth)) throw new RangeError(`backoff must be linear, exponential or fibonacci.`);
    this.#initialDelay = numberOption("initialDelay", options.initialDelay, 1000);
    this.#maxDelay = numberOption("maxDelay", options.maxDelay, 10_000);
    this.#jitter = Math.min(1, numberOption("jitter", options.jitter, 0.5));
    this.#retryableErrors = options.retryableErrors;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Calls an operation until it succeeds.
   * @param operation gets the number of the attempt, from 1
   * @throws its last error, or the signal's reason when it aborts
   */
  async execute<T>(operation: (attempt: number) => T | PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await operation(attempt);
      } catch (error) {
        signal?.throwIfAborted();
        if (attempt > this.#maxRetries || !this.#isRetryable(error)) throw error;
        await pause(this.#clock, this.delayMs(attempt), signal);
      }
    }
  }

  /** Returns the delay after an attempt that failed, counted from 1. */
  delayMs(attempt: number): number {
    const longest = Math.min(this.#maxDelay, this.#initialDelay * growth[this.#backoff](attempt));
    return longest * (1 - this.#jitter * this.#random());
  }

  #isRetryable(error: unknown): boolean {
    const wanted = this.#retryableErrors;
    if (wanted === undefined) return !isBridgeError(error) || error.recoverable;
    const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    const message = messageOf(error);
    return wanted.some((text) => text === code || message.includes(text));
  }
}

const growth: Readonly<Record<Backoff, (attempt: number) => number>> = {
  linear: (attempt) => attempt,
  exponential: (attempt) => 2 ** (attempt - 1),
  fibonacci: (attempt) => {
    let [previous, current] = [0, 1];
    // Beyond that, every delay is the longest one.
    for (let at = 1; at < Math.min(attempt, 100); at++) [previous, current] = [current, previous + current];
    return current;
  },
};
