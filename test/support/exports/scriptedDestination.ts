import type { Destination, Receipt, SendLimits } from "../../../src/exports/delivery/destination.ts";
import type { FactSource } from "../../../src/exports/delivery/factSource.ts";
import type { Fact } from "../../../src/exports/outbox/fact.ts";
import type { ReadLimits } from "../../../src/exports/outbox/outboxReader.ts";

type Reply = (facts: readonly Fact[], signal: AbortSignal) => Receipt | Promise<Receipt>;

const stored: Reply = () => ({ outcome: "stored" });

/** A destination whose replies are scripted. It throws what the script throws. */
export class ScriptedDestination implements Destination {
  readonly limits: SendLimits;
  readonly retryDelaysMs: readonly number[] | undefined;
  readonly #script: Reply[] = [];
  /** The IDs of the facts of each call. */
  readonly calls: string[][] = [];
  /** The IDs of the facts that it has taken, in order. */
  readonly taken: string[] = [];
  /** Replies when the script has ended. */
  otherwise: Reply = stored;

  constructor(limits: Partial<SendLimits> = {}, retryDelaysMs?: readonly number[]) {
    this.limits = { maxFacts: 1, maxLength: 1_000_000, concurrency: 1, ...limits };
    this.retryDelaysMs = retryDelaysMs;
  }

  reply(...replies: readonly Reply[]): void {
    this.#script.push(...replies);
  }

  wants(): boolean {
    return true;
  }

  async send(facts: readonly Fact[], signal: AbortSignal): Promise<Receipt> {
    const ids = facts.map(({ id }) => id);
    this.calls.push(ids);
    const receipt = await (this.#script.shift() ?? this.otherwise)(facts, signal);
    const refused = new Set(receipt.refused?.map(({ id }) => id));
    this.taken.push(...ids.filter((id) => !refused.has(id)));
    return receipt;
  }

  async test(signal: AbortSignal): Promise<Receipt> {
    return await (this.#script.shift() ?? this.otherwise)([], signal);
  }

  dispose(): void {
    // It holds nothing.
  }
}

/** A source in memory. */
export class MemorySource implements FactSource {
  readonly #facts: Fact[];
  readonly acknowledged: string[] = [];
  readonly refusals: { readonly id: string; readonly reason: string }[] = [];

  constructor(facts: readonly Fact[] = []) {
    this.#facts = [...facts];
  }

  get unread(): number {
    return this.#facts.length;
  }

  add(...facts: readonly Fact[]): void {
    this.#facts.push(...facts);
  }

  next({ maxFacts }: ReadLimits): Promise<readonly Fact[]> {
    return Promise.resolve(this.#facts.splice(0, maxFacts));
  }

  delivered(facts: readonly Fact[]): void {
    this.acknowledged.push(...facts.map(({ id }) => id));
  }

  refused({ id }: Fact, reason: string): void {
    this.refusals.push({ id, reason });
  }
}
