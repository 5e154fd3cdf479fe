import { isKiroBridgeError, KiroBridgeError } from "../errors.ts";
import type { Send } from "../http/send.ts";
import { numberOption } from "../../base/numberOption.ts";
import { waitFor } from "../../base/pause.ts";
import { systemTimes, type Times } from "../times.ts";

/** Refusal of calls while the bridge does not respond. */
export interface CircuitBreakerOptions {
  /** Failures in a row that open the circuit, by default 5. */
  readonly failureThreshold?: number | undefined;
  /** Time that the circuit stays open before one call may try the bridge again, by default 60,000. */
  readonly recoveryTimeoutMs?: number | undefined;
  /** Failures that are older do not count, by default 30,000. */
  readonly monitoringPeriodMs?: number | undefined;
}

export const breakerDefaults = { failureThreshold: 5, recoveryTimeoutMs: 60_000, monitoringPeriodMs: 30_000 } as const;

export const CircuitState = {
  /** Calls pass. */
  CLOSED: "CLOSED",
  /** Calls are refused. */
  OPEN: "OPEN",
  /** One call tries the bridge, and the others wait for its outcome. */
  HALF_OPEN: "HALF_OPEN",
} as const;

export type CircuitState = (typeof CircuitState)[keyof typeof CircuitState];

/** Times are in milliseconds since the epoch, and 0 before the first one. */
export interface CircuitBreakerMetrics {
  readonly state: CircuitState;
  readonly failureCount: number;
  readonly lastFailureTime: number;
  readonly nextAttemptTime: number;
}

interface Closed {
  readonly name: typeof CircuitState.CLOSED;
  /** Times of the failures in a row, of the clock. */
  failures: readonly number[];
}

interface Open {
  readonly name: typeof CircuitState.OPEN;
  readonly failureCount: number;
  readonly endsAt: number;
}

interface HalfOpen {
  readonly name: typeof CircuitState.HALF_OPEN;
  readonly failureCount: number;
  hasProbe: boolean;
  /** Calls that wait for the outcome of the probe. */
  readonly waiting: Set<() => void>;
}

/**
 * Counts calls that got no response of the bridge, and refuses further ones with CIRCUIT_OPEN after too many in a row.
 * A call that is aborted says nothing about the bridge: if it was the probe, a waiting call takes its place.
 */
export class CircuitBreaker {
  readonly #failureThreshold: number;
  readonly #recoveryTimeoutMs: number;
  readonly #monitoringPeriodMs: number;
  readonly #times: Times;
  #state: Closed | Open | HalfOpen = { name: "CLOSED", failures: [] };
  #lastFailureTime = 0;
  #nextAttemptTime = 0;

  constructor(options: CircuitBreakerOptions = {}, times: Times = systemTimes) {
    const defaults = breakerDefaults;
    this.#failureThreshold = numberOption("failureThreshold", options.failureThreshold, defaults.failureThreshold, 1);
    this.#recoveryTimeoutMs = numberOption("recoveryTimeoutMs", options.recoveryTimeoutMs, defaults.recoveryTimeoutMs);
    this.#monitoringPeriodMs = numberOption(
      "monitoringPeriodMs",
      options.monitoringPeriodMs,
      defaults.monitoringPeriodMs,
    );
    this.#times = times;
  }

  get state(): CircuitState {
    return this.#state.name;
  }

  get metrics(): CircuitBreakerMetrics {
    const state = this.#state;
    return {
      state: state.name,
      failureCount: state.name === "CLOSED" ? this.#recent(state.failures).length : state.failureCount,
      lastFailureTime: this.#lastFailureTime,
      nextAttemptTime: this.#nextAttemptTime,
    };
  }

  /** Runs work if the circuit lets it. @throws KiroBridgeError CIRCUIT_OPEN, or the signal's reason when it aborts */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const state = await this.#admit(signal);
    try {
      const result = await work();
      this.#settle(state, "responded");
      return result;
    } catch (error) {
      this.#settle(state, signal?.aborted === true ? "unknown" : outcomeOf(error));
      throw error;
    }
  }

  wrap(next: Send): Send {
    return (request) => this.run(() => next(request), request.signal);
  }

  /** Returns the state that a call runs in. */
  async #admit(signal: AbortSignal | undefined): Promise<Closed | HalfOpen> {
    for (;;) {
      const state = this.#current();
      if (state.name === "CLOSED") return state;
      if (state.name === "OPEN") throw this.#refusal(state.endsAt - this.#times.clock.now());
      if (!state.hasProbe) {
        state.hasProbe = true;
        return state;
      }
      await this.#verdict(state, signal);
    }
  }

  #current(): Closed | Open | HalfOpen {
    if (this.#state.name === "OPEN" && this.#times.clock.now() >= this.#state.endsAt) {
      const { failureCount } = this.#state;
      this.#state = { name: "HALF_OPEN", failureCount, hasProbe: false, waiting: new Set() };
    }
    return this.#state;
  }

  /** Waits for the outcome of the probe, for as long as the circuit would stay open. */
  #verdict({ waiting }: HalfOpen, signal: AbortSignal | undefined): Promise<void> {
    return waitFor((resolve, reject) => {
      waiting.add(resolve);
      const late = this.#times.clock.after(this.#recoveryTimeoutMs, () => reject(this.#refusal(0)));
      return {
        dispose: () => {
          waiting.delete(resolve);
          void late.dispose();
        },
      };
    }, signal);
  }

  /** Takes in the outcome of a call, unless the circuit has changed since the call began. */
  #settle(state: Closed | HalfOpen, outcome: "responded" | "failed" | "unknown"): void {
    if (outcome === "failed") this.#lastFailureTime = this.#times.wallNow();
    if (state !== this.#state) return;
    const now = this.#times.clock.now();
    if (outcome === "responded") this.#close(state);
    else if (state.name === "HALF_OPEN") {
      if (outcome === "failed") this.#open(state.failureCount + 1, now);
      state.hasProbe = false;
    } else if (outcome === "failed") {
      state.failures = [...this.#recent(state.failures), now];
      if (state.failures.length >= this.#failureThreshold) this.#open(state.failures.length, now);
    }
    if (state.name === "HALF_OPEN") for (const wake of state.waiting) wake();
  }

  #close(state: Closed | HalfOpen): void {
    if (state.name === "CLOSED") state.failures = [];
    else this.#state = { name: "CLOSED", failures: [] };
  }

  #open(failureCount: number, now: number): void {
    this.#state = { name: "OPEN", failureCount, endsAt: now + this.#recoveryTimeoutMs };
    this.#nextAttemptTime = this.#times.wallNow() + this.#recoveryTimeoutMs;
  }

  #recent(failures: readonly number[]): readonly number[] {
    const since = this.#times.clock.now() - this.#monitoringPeriodMs;
    return failures.filter((at) => at > since);
  }

  #refusal(retryAfterMs: number): KiroBridgeError {
    const facts = { recoverable: true, retryAfterMs: Math.max(0, Math.ceil(retryAfterMs)) };
    return new KiroBridgeError("CIRCUIT_OPEN", "Circuit breaker is OPEN - service unavailable", facts);
  }
}

/** Classifies an error: a client error is a response of a working bridge. */
function outcomeOf(error: unknown): "responded" | "failed" | "unknown" {
  if (!isKiroBridgeError(error)) return "unknown";
  const { code, status = 0 } = error;
  if (code === "NETWORK_ERROR" || code === "OPERATION_TIMEOUT" || status >= 500) return "failed";
  return status >= 400 ? "responded" : "unknown";
}
