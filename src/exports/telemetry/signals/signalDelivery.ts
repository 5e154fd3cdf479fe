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
 * what has arrived is left out.
 */
export class SignalDelivery<Item extends Identified> {
  readonly #send: (items: readonly Item[], signal: AbortSignal) => Promise<Taken>;
  readonly #arrived = new Set<string>();

  constructor(send: (items: readonly Item[], signal: AbortSignal) => Promise<Taken>) {
    this.#send = send;
  }

  /** @throws DeliveryFailure for a failure that is not about the items; the signal's reason */
  async deliver(items: readonly Item[], signal: AbortSignal): Promise<SignalResult> {
    const pending = items.filter(({ id }) => !this.#arrived.has(id));
    if (pending.length === 0) return { refused: [], warnings: [] };
    const result = await this.#deliver(pending, signal);
    this.#keep(pending.map(({ id }) => id));
    return result;
  }

  /** Called when a fact will not be sent again. */
  forget(id: string): void {
    this.#arrived.delete(id);
  }

  async #deliver(items: readonly Item[], signal: AbortSignal): Promise<SignalResult> {
    try {
      const taken = await this.#send(items, signal);
      return "failures" in taken ? this.#resultOf(items, taken) : resultOfCount(items, taken);
    } catch (error) {
      if (!(error instanceof DeliveryFailure)) throw error;
      if (error.status === 413 && items.length > 1) return await this.#deliverHalves(items, signal);
      if (error.kind !== "refused") throw error;
      return { refused: items.map(({ id }) => ({ id, reason: error.message })), warnings: [] };
    }
  }

  /** Sends what was too large in two parts. */
  async #deliverHalves(items: readonly Item[], signal: AbortSignal): Promise<SignalResult> {
    const middle = Math.ceil(items.length / 2);
    const first = await this.#deliver(items.slice(0, middle), signal);
    this.#keep(items.slice(0, middle).map(({ id }) => id));
    const second = await this.#deliver(items.slice(middle), signal);
    return { refused: [...first.refused, ...second.refused], warnings: [...first.warnings, ...second.warnings] };
  }

  #resultOf(items: readonly Item[], { failures, passing }: ItemFailures): SignalResult {
    if (passing !== undefined) {
      this.#keep(items.map(({ id }) => id).filter((id) => !failures.has(id)));
      throw passing;
    }
    return { refused: [...failures].map(([id, { reason }]) => ({ id, reason })), warnings: [] };
  }

  #keep(ids: readonly string[]): void {
    for (const id of ids) this.#arrived.add(id);
    for (const oldest of this.#arrived) {
      if (this.#arrived.size <= MAX_KEPT) break;
      this.#arrived.delete(oldest);
    }
  }
}

/** Reads an answer that only says how much was rejected: of several facts, nobody knows which. */
function resultOfCount(items: readonly Identified[], { rejected, message }: PartialSuccess): SignalResult {
  if (rejected === 0) return { refused: [], warnings: message === "" ? [] : [message] };
  const which = items.length === 1 ? "" : ` of ${items.length} runs, and does not say which`;
  const reason = `The receiver has taken the request, but rejected ${rejected} of its items${which}.${message}`;
  return { refused: items.map(({ id }) => ({ id, reason })), warnings: [] };
}
