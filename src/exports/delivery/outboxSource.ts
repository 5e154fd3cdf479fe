import type { Fact } from "../outbox/fact.ts";
import type { OutboxReader, ReadLimits } from "../outbox/outboxReader.ts";
import type { FactSource } from "./factSource.ts";

/** Keeps a fact that was refused. */
export type KeepRefused = (fact: Fact, reason: string) => Promise<void>;

/** The facts of the outbox. What was refused is a dead letter before the outbox forgets it. */
export class OutboxSource implements FactSource {
  readonly #reader: Pick<OutboxReader, "next" | "ack">;
  readonly #keep: KeepRefused;

  /** @param keep its failures are told there; the fact then stays in the outbox until the next start */
  constructor(reader: Pick<OutboxReader, "next" | "ack">, keep: KeepRefused) {
    this.#reader = reader;
    this.#keep = keep;
  }

  next(limits: ReadLimits): Promise<readonly Fact[]> {
    return this.#reader.next(limits);
  }

  delivered(facts: readonly Fact[]): void {
    this.#reader.ack(facts.map(({ id }) => id));
  }

  refused(fact: Fact, reason: string): void {
    void this.#keep(fact, reason).then(
      () => this.#reader.ack([fact.id]),
      () => undefined,
    );
  }
}
