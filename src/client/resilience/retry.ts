import { isKiroBridgeError, type KiroBridgeError } from "../errors.ts";
import { EVENT_STREAM, type Send, type WireRequest } from "../http/send.ts";
import { numberOption } from "../../base/numberOption.ts";
import { pause } from "../../base/pause.ts";
import { systemTimes, type Times } from "../times.ts";

/** Repetition of calls that failed for a temporary reason. */
export interface RetryOptions {
  /** Further attempts after the first one, by default 3. */
  readonly maxRetries?: number | undefined;
  /** The longest delay before the first repetition, by default 1,000. Delays are random, up to the longest one. */
  readonly baseDelayMs?: number | undefined;
  /** The longest delay, by default 30,000. A `Retry-After` of the bridge may be longer. */
  readonly maxDelayMs?: number | undefined;
  /** The factor from one longest delay to the next, by default 2. */
  readonly backoffMultiplier?: number | undefined;
  /** Codes that are repeated. By default NETWORK_ERROR, and whatever is `recoverable`. */
  readonly retryableErrors?: readonly string[] | undefined;
}

export const retryDefaults = { maxRetries: 3, baseDelayMs: 1000, maxDelayMs: 30_000, backoffMultiplier: 2 } as const;

/** A call is not repeated when the bridge asks for a longer delay. */
const MAX_RETRY_AFTER_MS = 120_000;

/** The methods and paths whose repetition changes nothing, also without an Idempotency-Key. */
const REPEATABLE_POST = /^\/api\/kiro\/(?:tickets|policy\/check|executions\/[^/]+\/cancel)$/;

/** Delays and decides: how often, after which errors, and when a failed call is repeated. */
export class RetryPolicy {
  readonly #maxRetries: number;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  readonly #multiplier: number;
  readonly #codes: ReadonlySet<string> | undefined;
  readonly #times: Times;

  constructor(options: RetryOptions, times: Times = systemTimes) {
    const defaults = retryDefaults;
    this.#maxRetries = numberOption("maxRetries", options.maxRetries, defaults.maxRetries);
    this.#baseDelayMs = numberOption("baseDelayMs", options.baseDelayMs, defaults.baseDelayMs);
    this.#maxDelayMs = numberOption("maxDelayMs", options.maxDelayMs, defaults.maxDelayMs);
    this.#multiplier = numberOption("backoffMultiplier", options.backoffMultiplier, defaults.backoffMultiplier);
    this.#codes = options.retryableErrors === undefined ? undefined : new Set(options.retryableErrors);
    this.#times = times;
  }

  /** Runs work that may be repeated. @throws its last error, or the signal's reason when it aborts */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let failed: string | undefined;
    for (let failures = 0; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (failures >= this.#maxRetries || !this.#isRetryable(error)) throw error;
        // The second response about the same execution is final. If nothing ran, the repeated request made another one.
        if (failed !== undefined && error.executionId === failed) throw error;
        failed = error.executionId;
        await pause(this.#times.clock, this.#delayMs(error, failures), signal);
      }
    }
  }

  #isRetryable(error: unknown): error is KiroBridgeError {
    if (!isKiroBridgeError(error) || (error.retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS) return false;
    return this.#codes?.has(error.code) ?? (error.recoverable || error.code === "NETWORK_ERROR");
  }

  /** Full jitter: clients that failed together do not return together. */
  #delayMs({ retryAfterMs }: KiroBridgeError, failures: number): number {
    const longest = Math.min(this.#maxDelayMs, this.#baseDelayMs * this.#multiplier ** failures);
    return (retryAfterMs ?? 0) + this.#times.random() * longest;
  }
}

/**
 * Repeats requests whose repetition has no further effect: reads, cancels, and whatever has an Idempotency-Key. Streams
 * connect again on their own.
 */
export function retrying(next: Send, policy: RetryPolicy): Send {
  return (request) => (isRepeatable(request) ? policy.run(() => next(request), request.signal) : next(request));
}

function isRepeatable({ method, path, idempotencyKey, accept }: WireRequest): boolean {
  if (accept === EVENT_STREAM) return false;
  return method !== "POST" || idempotencyKey !== undefined || REPEATABLE_POST.test(path);
}
