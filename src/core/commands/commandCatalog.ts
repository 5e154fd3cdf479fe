import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { CommandEntry } from "../../protocol/status.ts";
import { NameIndex } from "./nearest.ts";
import type { KnownCommand } from "../ports.ts";
import type { Policy } from "./policy.ts";
import type { CommandTarget } from "./target.ts";

/** The commands of all targets that can be named: for lists, searches and suggestions. Whether a command exists, its target decides. */
export class CommandCatalog implements Disposable {
  readonly #store = new DisposableStore();
  readonly #targets: readonly CommandTarget[];
  readonly #policy: Policy;
  #commands = new Map<string, KnownCommand>();
  #allowedIds: readonly string[] = [];
  #names = new NameIndex([]);

  constructor(targets: readonly CommandTarget[], policy: Policy) {
    this.#targets = targets;
    this.#policy = policy;
    for (const target of targets) this.#store.add(target.onDidChangeCommands(() => this.#collect()));
    this.#store.add(policy.onDidChange(() => this.#allow()));
    this.#collect();
  }

  /** Ids which may be run from outside, sorted. */
  get allowedIds(): readonly string[] {
    return this.#allowedIds;
  }

  has(id: string): boolean {
    return this.#commands.has(id);
  }

  /** Has the targets read their commands again. Never rejects. */
  async refresh(): Promise<void> {
    await Promise.all(this.#targets.map(async (target) => target.refreshCommands?.()));
  }

  /** Those in whose id or title each word of the query stands, in any order; upper and lower case are the same. */
  search(query: string | undefined, limit: number): { commands: CommandEntry[]; total: number } {
    const words = [...new Set((query ?? "").toLowerCase().split(/\s+/))];
    const matches = [...this.#commands.values()].filter(({ id, title = "" }) => {
      const text = `${id} ${title}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const commands = matches
      .slice(0, limit)
      .map((command) => ({ ...command, allowed: this.#policy.decide(command.id).allowed }));
    return { commands, total: matches.length };
  }

  /** Up to three known ids that look like this one. */
  suggest(id: string): string[] {
    return this.#names.nearest(id, 3);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  /** The first target that names an ID names it for all. */
  #collect(): void {
    const commands = this.#targets.toReversed().flatMap((target) => target.commands);
    const sorted = commands.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.#commands = new Map(sorted.map((command) => [command.id, command]));
    this.#allow();
  }

  #allow(): void {
    this.#allowedIds = [...this.#commands.keys()].filter((id) => this.#policy.decide(id).allowed);
    this.#names = new NameIndex(this.#allowedIds);
  }
}
