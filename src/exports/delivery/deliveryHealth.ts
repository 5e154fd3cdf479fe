import { Emitter } from "../../base/events.ts";
import type { DeliveryFailure, FailureKind, Receipt } from "./destination.ts";

/**
 * States of a destination: `idle` before anything was sent, `retrying` after a failure that may pass, `blocked` until a
 * person fixes something, and `paused` because the destination asks for no more.
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

/** States that something that is sent at intervals has as well. */
export type PeriodicState = Extract<DeliveryState, "ok" | "retrying" | "blocked" | "paused">;

/** Facts that were settled. */
export interface Counted {
  readonly outcome: "delivered" | "refused";
  readonly facts: number;
}

/** The worst state last. */
const order: readonly DeliveryState[] = ["idle", "ok", "retrying", "blocked", "paused"];

/** State of one destination, as its own answers tell it. */
export class DeliveryHealth {
  readonly #now: () => number;
  readonly #changed = new Emitter<void>();
  readonly #counted = new Emitter<Counted>();
  #ofFacts: DeliveryState = "idle";
  #ofIntervals: DeliveryState = "idle";
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
  readonly onDidCount = this.#counted.event;

  get state(): DeliveryState {
    return order.indexOf(this.#ofFacts) > order.indexOf(this.#ofIntervals) ? this.#ofFacts : this.#ofIntervals;
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
    if (facts > 0) this.#counted.fire({ outcome: "delivered", facts });
    this.#lastSuccess = { at: this.#now(), outcome, detail };
  }

  failed({ kind, message, status }: Pick<DeliveryFailure, "kind" | "message" | "status">): void {
    this.#lastError = { at: this.#now(), kind, message, status };
    this.#changed.fire();
  }

  countRefused(facts: number): void {
    this.#refused += facts;
    this.#counted.fire({ outcome: "refused", facts });
    this.#changed.fire();
  }

  /** Updates the state of the delivery of facts. */
  enter(state: DeliveryState): void {
    const before = this.state;
    this.#ofFacts = state;
    this.#tell(before);
  }

  /** Updates the state of what is sent at intervals. */
  enterPeriodic(state: PeriodicState): void {
    const before = this.state;
    this.#ofIntervals = state;
    this.#tell(before);
  }

  #tell(before: DeliveryState): void {
    if (this.state === before) return;
    this.#since = this.#now();
    this.#changed.fire();
  }
}
