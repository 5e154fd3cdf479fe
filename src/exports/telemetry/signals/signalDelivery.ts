import { DeliveryFailure } from "../../delivery/destination.ts";
import type { PartialSuccess } from "./payload.ts";

/** Maximum number of facts whose delivery is remembered, above which the oldest are forgotten and would be sent twice. */
const MAX_KEPT = 10_000;

interface Identified {
  readonly id: string;
}

/** The answer of a receiver that says what it has not taken. */
export interface ItemFailures {
  /** By the ID of the fact. Others have arrived. */
  readonly failures: ReadonlyMap<string, { readonly reason: string; readonly isPassing: boolean }>;
  /** The failure of those that are to be sent again. */
  readonly passing: DeliveryFailure | undefined;
}

/** The answer of a receiver that has taken a request. */
export type Taken = PartialSuccess | ItemFailures;

/** The result of delivering the facts of one signal. */
export interface SignalResult {
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
  /** Remarks of a receiver that has taken everything. */
  readonly warnings: readonly string[];
}

/**
 * Sends one signal of facts that several signals are made of. When the facts are sent again because another signal has failed,
 * what has arrived, or was refused, is left out.
 */
export class SignalDelivery<Item extends Identified> {
  readonly #send: (items: readonly Item[], signal: AbortSignal) => Promise<Taken>;
  /** Facts that will not be sent again, with the reason of those that were refused. */
  readonly #settled = new Map<string, string | undefined>();

  constructor(send: (items: readonly Item[], signal: AbortSignal) => Promise<Taken>) {
    this.#send = send;
  }

  /** @throws DeliveryFailure for a failure that is not about the items; the signal's reason */
  async deliver(items: readonly Item[], signal: AbortSignal): Promise<SignalResult> {
    const known = items.filter(({ id }) => this.#settled.has(id));
    const pending = items.filter(({ id }) => !this.#settled.has(id));
    const refusedBefore = known.flatMap(({ id }) => {
      const reason = this.#settled.get(id);
      return reason === undefined ? [] : [{ id, reason }];
    });
    if (pending.length === 0) return { refused: refusedBefore, warnings: [] };
    const { refused, warnings } = await this.#deliver(pending, signal);
    return { refused: [...refusedBefore, ...refused], warnings };
  }

  /** Called when a fact will not be sent again. */
  forget(id: string): void {
    this.#settled.delete(id);
  }

  async #deliver(items: readonly Item[], signal: AbortSignal): Promise<SignalResult> {
    try {
      const taken = await this.#send(items, signal);
      const result = "failures" in taken ? this.#resultOf(items, taken) : resultOfCount(items, taken);
      return this.#settle(items, result);
    } catch (error) {
      if (!(error instanceof DeliveryFailure) || error.kind !== "refused") throw error;
      if (items.length > 1) return await this.#deliverHalves(items, signal);
      return this.#settle(items, { refused: items.map(({ id }) => ({ id, reason: error.message })), warnings: [] });
    }
  }

  /** Sends what was refused in two parts: it was too large, or one of the items is not taken. */
  async #deliverHalves(items: readonly Item[], signal: AbortSignal): Promise<SignalResult> {
    const middle = Math.ceil(items.length / 2);
    const first = await this.#deliver(items.slice(0, middle), signal);
    const second = await this.#deliver(items.slice(middle), signal);
    return { refused: [...first.refused, ...second.refused], warnings: [...first.warnings, ...second.warnings] };
  }

  #resultOf(items: readonly Item[], { failures, passing }: ItemFailures): SignalResult {
    if (passing === undefined)
      return { refused: [...failures].map(([id, { reason }]) => ({ id, reason })), warnings: [] };
    this.#settle(
      items.filter(({ id }) => !failures.has(id)),
      { refused: [], warnings: [] },
    );
    throw passing;
  }

  #settle(items: readonly Item[], result: SignalResult): SignalResult {
    const reasons = new Map(result.refused.map(({ id, reason }) => [id, reason]));
    for (const { id } of items) this.#settled.set(id, reasons.get(id));
    for (const oldest of this.#settled.keys()) {
      if (this.#settled.size <= MAX_KEPT) break;
      this.#settled.delete(oldest);
    }
    return result;
  }
}

/** Reads an answer that only says how much was rejected: of several facts, nobody knows which. */
function resultOfCount(items: readonly Identified[], { rejected, message }: PartialSuccess): SignalResult {
  if (rejected === 0) return { refused: [], warnings: message === "" ? [] : [message] };
  const which = items.length === 1 ? "" : ` of ${items.length} runs, and does not say which`;
  const reason = `The receiver has taken the request, but rejected ${rejected} of its items${which}.${message}`;
  return { refused: items.map(({ id }) => ({ id, reason })), warnings: [] };
}
