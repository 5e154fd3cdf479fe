import type { Disposable } from "../../base/disposables.ts";
import type { RunArchive } from "../../core/runArchive.ts";
import type { EventType, Fact } from "../outbox/fact.ts";

/** Proof in a destination's answer: that it has stored the items, or only that it has taken them. */
export interface Receipt {
  readonly outcome: "stored" | "sent";
  /** The answer in words. */
  readonly detail?: string | undefined;
  /** Items that the destination has refused although it took the others, by the ID of their fact. */
  readonly refused?: readonly { readonly id: string; readonly reason: string }[] | undefined;
}

/**
 * Classes of failures by what follows:
 * - `passing`: the same is sent again later, after `retryAfterMs` if the destination tells it.
 * - `refused`: these items will never be taken, they become dead letters; others are sent.
 * - `blocked`: a person must fix it (key, permission, bucket, clock, address); nothing is lost, and it is tried again slowly.
 * - `gone`: the destination asks for no more (410). It is paused until its setting changes or the bridge restarts.
 */
export type FailureKind = "passing" | "refused" | "blocked" | "gone";

/** A delivery that failed. The message is a sentence for people, without secrets. */
export class DeliveryFailure extends Error {
  readonly kind: FailureKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Of the destination's clock from ours in milliseconds, by its `Date` header. */
  readonly skewMs: number | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    details: {
      readonly status?: number;
      readonly retryAfterMs?: number;
      readonly skewMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = "DeliveryFailure";
    this.kind = kind;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.skewMs = details.skewMs;
  }
}

/** Limits of one call of `send`. Facts of one execution are sent in order, whatever the limits. */
export interface SendLimits {
  readonly maxFacts: number;
  /** Length of the facts as JSON, in characters. A single one may be larger. */
  readonly maxLength: number;
  /** Calls at once. */
  readonly concurrency: number;
}

/** Sends what is in no fact, such as metrics, at intervals. */
export interface PeriodicSend {
  readonly intervalMs: number;
  /**
   * Has a deadline of its own. A failure is told in the health of the destination, and is not repeated before the next time,
   * which sends what is missing. @throws DeliveryFailure; the signal's reason
   */
  send(signal: AbortSignal): Promise<Receipt>;
}

/** A place that exports go to. Opened once for each element of the setting; knows nothing of queues, retries and other destinations. */
export interface Destination extends Disposable {
  readonly limits: SendLimits;
  /**
   * Delays in milliseconds before each further attempt of the same facts, which become dead letters when the last one has
   * failed. Default: growing delays without an end.
   */
  readonly retryDelaysMs?: readonly number[] | undefined;
  /**
   * Time in milliseconds after which a call of `send` is given up, whatever the deadlines of its own are. Default: 10
   * minutes.
   */
  readonly callTimeoutMs?: number | undefined;
  /** True if it uses the steps of runs. */
  readonly wantsSteps?: boolean | undefined;
  /** True if the end of a run makes its earlier facts superfluous. */
  readonly wantsLatestOnly?: boolean | undefined;
  readonly periodic?: PeriodicSend | undefined;
  /** Returns true for the types of events that it sends. Filters of the user are applied before. */
  wants(type: EventType): boolean;
  /**
   * Sends facts; the same ones may be sent again, so they are recognisable by their IDs. Has a deadline of its own.
   * @param facts at least one, reduced to the content that the user allows
   * @throws DeliveryFailure; the signal's reason
   */
  send(facts: readonly Fact[], signal: AbortSignal): Promise<Receipt>;
  /** Sends one marked item. @throws DeliveryFailure; the signal's reason */
  test(signal: AbortSignal): Promise<Receipt>;
  /** Reads what it has stored, of an archive. */
  readonly archive?: RunArchive | undefined;
}
