import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { CommandEntry } from "../../protocol/status.ts";
import { NameIndex } from "./nearest.ts";
import type { KnownCommand } from "../ports.ts";
import type { Policy } from "./policy.ts";
import type { CommandTarget } from "./target.ts";

/**
 * The known commands of all targets: for lists, searches and suggestions. Only the target decides whether a command
 * exists.
 */
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

  /** IDs of commands allowed for programs, sorted. */
  get allowedIds(): readonly string[] {
    return this.#allowedIds;
  }

  has(id: string): boolean {
    return this.#commands.has(id);
  }

  /** Refreshes the commands of all targets. Never rejects. */
  async refresh(): Promise<void> {
    await Promise.all(this.#targets.map(async (target) => target.refreshCommands?.()));
  }

  /** Finds commands whose ID or title contains each word of the query, in any order, ignoring case. */
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

  /** Returns up to three similar IDs. */
  suggest(id: string): string[] {
    return this.#names.nearest(id, 3);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  /** Collects the commands of all targets. For duplicate IDs, the first target wins. */
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
