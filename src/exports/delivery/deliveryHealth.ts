import { Emitter } from "../../base/events.ts";
import type { DeliveryFailure, FailureKind, Receipt } from "./destination.ts";

/**
 * States of a destination: `idle` before anything was sent, `retrying` after a failure that may pass, `blocked` until a
 * person mends something, and `paused` because the destination asks for no more.
 */
export type DeliveryState = "idle" | "ok" | "retrying" | "blocked" | "paused";

export interface LastSuccess {
  /** Milliseconds of the Unix epoch. */
  readonly at: number;
  readonly outcome: Receipt["outcome"];
  readonly detail: string | undefined;
}

export interface LastError {
  /** Milliseconds of the Unix epoch. */
  readonly at: number;
  readonly kind: FailureKind;
  /** For people. */
  readonly message: string;
  readonly status: number | undefined;
}

/** State of one destination, as its own answers tell it. */
export class DeliveryHealth {
  readonly #now: () => number;
  readonly #changed = new Emitter<void>();
  #state: DeliveryState = "idle";
  #since: number;
  #lastSuccess: LastSuccess | undefined;
  #lastError: LastError | undefined;
  #sent = 0;
  #refused = 0;

  /** @param now milliseconds of the Unix epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** Fires at each change of the state, and at each failure. */
  readonly onDidChange = this.#changed.event;

  get state(): DeliveryState {
    return this.#state;
  }

  /** Milliseconds of the Unix epoch. */
  get since(): number {
    return this.#since;
  }

  get lastSuccess(): LastSuccess | undefined {
    return this.#lastSuccess;
  }

  get lastError(): LastError | undefined {
    return this.#lastError;
  }

  /** Facts that were delivered. */
  get sent(): number {
    return this.#sent;
  }

  /** Facts that became dead letters. */
  get refused(): number {
    return this.#refused;
  }

  succeeded({ outcome, detail }: Receipt, facts: number): void {
    this.#sent += facts;
    this.#lastSuccess = { at: this.#now(), outcome, detail };
  }

  failed({ kind, message, status }: Pick<DeliveryFailure, "kind" | "message" | "status">): void {
    this.#lastError = { at: this.#now(), kind, message, status };
    this.#changed.fire();
  }

  countRefused(facts: number): void {
    this.#refused += facts;
    this.#changed.fire();
  }

  enter(state: DeliveryState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#now();
    this.#changed.fire();
  }
}
