import { type Clock, systemClock } from "../../base/clock.ts";
import { numberOption } from "../../base/numberOption.ts";
import { BridgeError } from "../../protocol/errors.ts";

export const circuitStates = ["closed", "open", "half_open"] as const;
export type CircuitState = (typeof circuitStates)[number];

export interface CircuitBreakerOptions {
  /** Failures within the monitoring window that open the circuit; 5 by default. */
  readonly threshold?: number | undefined;
  /** Milliseconds that the circuit stays open before it is half open; 60000 by default. */
  readonly timeout?: number | undefined;
  /** Calls that are let through while it is half open. All of them must succeed to close it. 3 by default. */
  readonly halfOpenRetries?: number | undefined;
  /** Milliseconds after which a failure does not count any more; 300000 by default. */
  readonly monitoringWindow?: number | undefined;
  /** `open` by default: the fallback replaces calls that the circuit refuses. `failure`: also calls that fail. */
  readonly fallbackOn?: "open" | "failure" | undefined;
  /**
   * Returns false for errors of a working service, such as invalid parameters, and undefined for errors that say nothing of
   * it, such as a call that the caller has cancelled.
   */
  readonly isFailure?: ((error: unknown) => boolean | undefined) | undefined;
}

export const breakerDefaults = {
  threshold: 5,
  timeout: 60_000,
  halfOpenRetries: 3,
  monitoringWindow: 300_000,
} as const;

/** The payload of the topic `plugin/<id>/circuit-breaker`. */
export interface CircuitTransition {
  readonly state: CircuitState;
  /** Failures that count at that time. */
  readonly failures: number;
  /** ISO 8601. */
  readonly timestamp: string;
}

export interface CircuitBreakerDeps {
  /** Called at each change of the state. */
  readonly onTransition?: ((transition: CircuitTransition) => void) | undefined;
  readonly clock?: Clock | undefined;
}

interface Closed {
  readonly name: "closed";
  /** Times of the failures, of the clock. */
  failures: readonly number[];
}

interface Open {
  readonly name: "open";
  readonly failures: number;
  readonly endsAt: number;
}

interface HalfOpen {
  readonly name: "half_open";
  readonly failures: number;
  /** Until then, the probes must have settled. */
  endsAt: number;
  admitted: number;
  succeeded: number;
}

/** Returns the topic of the transitions of a circuit. */
export function circuitTopic(id: string): string {
  return `plugin/${id}/circuit-breaker`;
}

/**
 * Refuses calls after too many failures within a window, and lets a few through after a time to see whether they succeed
 * again (docs/decisions/plugin-breaker.md). Changes of the time are noticed at the next call, or when the state is read.
 */
export class CircuitBreaker {
  readonly #id: string;
  readonly #settings: typeof breakerDefaults | Record<keyof typeof breakerDefaults, number>;
  readonly #fallsBackOnFailure: boolean;
  readonly #isFailure: (error: unknown) => boolean | undefined;
  readonly #onTransition: (transition: CircuitTransition) => void;
  readonly #clock: Clock;
  #state: Closed | Open | HalfOpen = { name: "closed", failures: [] };

  /** @param id the plugin whose calls these are */
  constructor(id: string, options: CircuitBreakerOptions = {}, deps: CircuitBreakerDeps = {}) {
    const { threshold, timeout, halfOpenRetries, monitoringWindow } = breakerDefaults;
    this.#id = id;
    this.#settings = {
      threshold: numberOption("threshold", options.threshold, threshold, 1),
      timeout: numberOption("timeout", options.timeout, timeout),
      halfOpenRetries: numberOption("halfOpenRetries", options.halfOpenRetries, halfOpenRetries, 1),
      monitoringWindow: numberOption("monitoringWindow", options.monitoringWindow, monitoringWindow, 1),
    };
    this.#fallsBackOnFailure = options.fallbackOn === "failure";
    this.#isFailure = options.isFailure ?? (() => true);
    this.#onTransition = deps.onTransition ?? (() => undefined);
    this.#clock = deps.clock ?? systemClock;
  }

  getState(): CircuitState {
    return this.#current().name;
  }

  /** Returns how many failures count at this time. */
  getFailures(): number {
    const state = this.#current();
    return state.name === "closed" ? this.#recent(state.failures).length : state.failures;
  }

  /**
   * Calls an operation if the circuit lets it.
   * @returns its result, or that of the fallback, as the option `fallbackOn` says
   * @throws BridgeError KIRO_UNAVAILABLE if the circuit refuses the call and there is no fallback; what either throws
   */
  async execute<T>(operation: () => T | PromiseLike<T>, fallback?: () => T | PromiseLike<T>): Promise<T> {
    const state = this.#admit();
    if (state.name === "open") {
      if (fallback !== undefined) return await fallback();
      throw this.#refusal(state);
    }
    try {
      const result = await operation();
      this.#succeeded(state);
      return result;
    } catch (error) {
      const isFailure = this.#isFailure(error);
      if (isFailure !== true) {
        if (isFailure === false) this.#succeeded(state);
        else if (state.name === "half_open") state.admitted -= 1;
        throw error;
      }
      this.#failed(state);
      if (fallback !== undefined && this.#fallsBackOnFailure) return await fallback();
      throw error;
    }
  }

  /** Returns the state that a call runs in; an open one if it must not run. */
  #admit(): Closed | Open | HalfOpen {
    const state = this.#current();
    if (state.name !== "half_open") return state;
    if (state.admitted >= this.#settings.halfOpenRetries) return { ...state, name: "open" };
    state.admitted += 1;
    state.endsAt = this.#clock.now() + this.#settings.timeout;
    return state;
  }

  #current(): Closed | Open | HalfOpen {
    const state = this.#state;
    if (state.name === "closed" || this.#clock.now() < state.endsAt) return state;
    if (state.name === "open") {
      return this.#enter({ name: "half_open", failures: state.failures, endsAt: 0, admitted: 0, succeeded: 0 });
    }
    // A probe that has not settled in time is no sign of health.
    return state.admitted > state.succeeded ? this.#open(state.failures + 1) : state;
  }

  /** Takes in the outcome of a call, unless the circuit has changed since the call began. */
  #succeeded(state: Closed | HalfOpen): void {
    if (state !== this.#state || state.name === "closed") return;
    state.succeeded += 1;
    if (state.succeeded >= this.#settings.halfOpenRetries) this.#enter({ name: "closed", failures: [] });
  }

  #failed(state: Closed | HalfOpen): void {
    if (state !== this.#state) return;
    if (state.name === "half_open") {
      this.#open(state.failures + 1);
      return;
    }
    state.failures = [...this.#recent(state.failures), this.#clock.now()];
    if (state.failures.length >= this.#settings.threshold) this.#open(state.failures.length);
  }

  #open(failures: number): Open {
    return this.#enter({ name: "open", failures, endsAt: this.#clock.now() + this.#settings.timeout });
  }

  #enter<S extends Closed | Open | HalfOpen>(state: S): S {
    this.#state = state;
    const failures = typeof state.failures === "number" ? state.failures : state.failures.length;
    this.#onTransition({ state: state.name, failures, timestamp: new Date().toISOString() });
    return state;
  }

  #recent(failures: readonly number[]): readonly number[] {
    const since = this.#clock.now() - this.#settings.monitoringWindow;
    return failures.filter((at) => at > since);
  }

  #refusal({ endsAt }: Open): BridgeError {
    const context = { reason: "circuit-open", retryAfterMs: Math.max(0, Math.ceil(endsAt - this.#clock.now())) };
    return new BridgeError("KIRO_UNAVAILABLE", `Circuit breaker OPEN for plugin: ${this.#id}`, context);
  }
}
