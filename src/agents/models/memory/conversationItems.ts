import { weightOf } from "../../../core/executions/weight.ts";
import type { ConversationItem } from "../../../core/models/step.ts";

/** An item, and the turn that it belongs to. */
export interface Entry {
  readonly executionId: string;
  /** The number of the turn, which goes on counting when earlier turns are compacted. */
  readonly turn: number;
  readonly item: ConversationItem;
}

/** The items of a conversation in memory. */
export class ConversationItems {
  #entries: Entry[];
  #items: readonly ConversationItem[] | undefined;
  #weight: number;

  constructor(entries: readonly Entry[] = []) {
    this.#entries = [...entries];
    this.#weight = weightOfAll(entries);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get items(): readonly ConversationItem[] {
    this.#items ??= this.#entries.map(({ item }) => item);
    return this.#items;
  }

  get turns(): number {
    return this.#entries.at(-1)?.turn ?? 0;
  }

  /** Size in characters. */
  get weight(): number {
    return this.#weight;
  }

  add(item: ConversationItem, executionId: string): void {
    const last = this.#entries.at(-1);
    const turn = last?.executionId === executionId ? last.turn : this.turns + 1;
    this.#entries.push({ executionId, turn, item });
    this.#items = undefined;
    this.#weight += weightOf(item);
  }

  /** Replaces all items before the last `kept` ones. */
  rewrite(earlier: readonly ConversationItem[], kept: number): void {
    const from = Math.max(0, this.#entries.length - kept);
    const replaced = this.#entries.slice(0, from);
    const rest = this.#entries.slice(from);
    const next = rest[0] ?? replaced.at(-1);
    const isOneByOne = earlier.length === replaced.length;
    const entries = earlier.map((item, index): Entry => {
      const { executionId = "", turn = 0 } = (isOneByOne ? replaced[index] : next) ?? {};
      return { executionId, turn, item };
    });
    this.#entries = [...entries, ...rest];
    this.#items = undefined;
    this.#weight = weightOfAll(this.#entries);
  }

  clear(): void {
    this.#entries = [];
    this.#items = undefined;
    this.#weight = 0;
  }
}

function weightOfAll(entries: readonly Entry[]): number {
  return entries.reduce((sum, { item }) => sum + weightOf(item), 0);
}
