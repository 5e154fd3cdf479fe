import type { Fact } from "../outbox/fact.ts";
import type { ReadLimits } from "../outbox/outboxReader.ts";

/** Facts for a destination, and what becomes of them. */
export interface FactSource {
  /** Returns the next facts, each once: those of one execution in order. Empty if there are none at this time. */
  next(limits: ReadLimits): Promise<readonly Fact[]>;
  /** Takes facts that the destination has. */
  delivered(facts: readonly Fact[]): void;
  /** Takes a fact that the destination will never have. @param reason in words */
  refused(fact: Fact, reason: string): void;
}
