import type { Fact } from "../outbox/fact.ts";
import type { ReadLimits } from "../outbox/outboxReader.ts";
import type { FactSource } from "./factSource.ts";
import type { KeepRefused } from "./outboxSource.ts";

export interface ReplaySourceDeps {
  /** Removes dead letters by the IDs of their facts. */
  readonly remove: (ids: ReadonlySet<string>) => Promise<unknown>;
  readonly keep: KeepRefused;
}

/** Dead letters that are sent again. Each is removed when the destination has it. */
export class ReplaySource implements FactSource {
  readonly #deps: ReplaySourceDeps;
  readonly #waiting: Fact[] = [];
  /** Those that wait or are on their way. */
  readonly #ids = new Set<string>();

  constructor(deps: ReplaySourceDeps) {
    this.#deps = deps;
  }

  /** Adds facts, except those that are being sent again already. @returns their number */
  add(facts: readonly Fact[]): number {
    const added = facts.filter(({ id }) => !this.#ids.has(id));
    for (const { id } of added) this.#ids.add(id);
    this.#waiting.push(...added);
    return added.length;
  }

  next({ maxFacts }: ReadLimits): Promise<readonly Fact[]> {
    return Promise.resolve(this.#waiting.splice(0, maxFacts));
  }

  delivered(facts: readonly Fact[]): void {
    const ids = new Set(facts.map(({ id }) => id));
    for (const id of ids) this.#ids.delete(id);
    // A letter that cannot be removed is sent once more by the next replay.
    void this.#deps.remove(ids).catch(() => undefined);
  }

  refused(fact: Fact, reason: string): void {
    this.#ids.delete(fact.id);
    // Its letter is still there, with the earlier reason.
    void this.#deps.keep(fact, reason).catch(() => undefined);
  }
}
