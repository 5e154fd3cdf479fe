import { BridgeError } from "../../../protocol/errors.ts";
import type { Untyped } from "../message.ts";
import type { BusOperation } from "./frames.ts";

type WithoutNumbers<T> = T extends unknown ? Omit<T, "id" | "received"> : never;

/** An operation before it gets its numbers. */
export type NewOperation = WithoutNumbers<BusOperation>;

/** An operation without a reply. */
export interface PendingOperation {
  /** Undefined until it was sent in this session. */
  id: number | undefined;
  readonly operation: NewOperation;
  /** The size of its text in characters. */
  readonly weight: number;
  readonly onProgress: ((payload: Untyped) => void) | undefined;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Bounds what a program sends without waiting for the replies. */
const MAX_OPERATIONS = 20_000;
const MAX_WEIGHT = 16 * 1024 * 1024;

/** The operations of one client that have no reply yet, in the order of their sending. */
export class PendingOperations {
  readonly #waiting = new Set<PendingOperation>();
  readonly #sent = new Map<number, PendingOperation>();
  #weight = 0;

  get size(): number {
    return this.#waiting.size + this.#sent.size;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED if too much has no reply */
  add(pending: PendingOperation): void {
    if (this.size >= MAX_OPERATIONS || this.#weight + pending.weight > MAX_WEIGHT) {
      const message = "Too much was sent to the bus without waiting for its replies.";
      throw new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit: MAX_OPERATIONS });
    }
    this.#weight += pending.weight;
    this.#waiting.add(pending);
  }

  /** Those that were not sent in this session. */
  get waiting(): readonly PendingOperation[] {
    return [...this.#waiting];
  }

  /** Those that were sent and have no reply. */
  get sent(): readonly PendingOperation[] {
    return [...this.#sent.values()];
  }

  markSent(pending: PendingOperation, id: number): void {
    this.#waiting.delete(pending);
    pending.id = id;
    this.#sent.set(id, pending);
  }

  /** Puts what was sent back in front of what waits. */
  markUnsent(pending: readonly PendingOperation[]): void {
    const waiting = this.waiting;
    this.#waiting.clear();
    for (const one of pending) {
      if (one.id !== undefined) this.#sent.delete(one.id);
      one.id = undefined;
    }
    for (const one of [...pending, ...waiting]) this.#waiting.add(one);
  }

  find(id: number): PendingOperation | undefined {
    return this.#sent.get(id);
  }

  remove(pending: PendingOperation): void {
    const isKnown = pending.id === undefined ? this.#waiting.delete(pending) : this.#sent.delete(pending.id);
    if (isKnown) this.#weight -= pending.weight;
  }

  rejectAll(error: unknown): void {
    const all = [...this.sent, ...this.waiting];
    this.#sent.clear();
    this.#waiting.clear();
    this.#weight = 0;
    for (const pending of all) pending.reject(error);
  }
}
