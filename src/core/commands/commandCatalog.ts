import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { CommandRules } from "../../protocol/access.ts";
import type { CommandEntry } from "../../protocol/status.ts";
import { owner, type Principal } from "../access/principal.ts";
import { NameIndex } from "./nearest.ts";
import type { KnownCommand } from "../ports.ts";
import type { Policy } from "./policy.ts";
import { principalRules } from "./principalRules.ts";
import type { CommandTarget } from "./target.ts";

/** A principal, as far as the commands that it knows are concerned. */
type Reader = Pick<Principal, "commands">;

/** The commands that one principal may run, as far as its own rules and the settings are concerned. */
interface Offer {
  /** Sorted. */
  readonly ids: readonly string[];
  readonly names: NameIndex;
}

/**
 * The known commands of all targets: for lists, searches and suggestions. A command that the principal's own rules exclude
 * does not exist for it. Only the target decides whether a command exists.
 */
export class CommandCatalog implements Disposable {
  readonly #store = new DisposableStore();
  readonly #targets: readonly CommandTarget[];
  readonly #policy: Policy;
  readonly #changed = this.#store.add(new Emitter<void>());
  /** Fires when commands were added or removed, or the policy allows others. */
  readonly onDidChange = this.#changed.event;
  #commands = new Map<string, KnownCommand>();
  /** For principals without rules of their own. */
  #common = offerOf([]);
  #narrowed = new WeakMap<CommandRules, Offer>();

  constructor(targets: readonly CommandTarget[], policy: Policy) {
    this.#targets = targets;
    this.#policy = policy;
    for (const target of targets) this.#store.add(target.onDidChangeCommands(() => this.#collect()));
    this.#store.add(policy.onDidChange(() => this.#allow()));
    this.#collect();
  }

  /** Returns the IDs of commands that the settings and the principal's own rules allow, sorted. */
  allowedIds(reader: Reader = owner): readonly string[] {
    return this.#offerTo(reader).ids;
  }

  has(id: string, reader: Reader = owner): boolean {
    return this.#commands.has(id) && isIncluded(id, reader);
  }

  /** Refreshes the commands of all targets. Never rejects. */
  async refresh(): Promise<void> {
    await Promise.all(this.#targets.map(async (target) => target.refreshCommands?.()));
  }

  /** Finds commands whose ID or title contains each word of the query, in any order, ignoring case. */
  search(
    query: string | undefined,
    limit: number,
    reader: Reader = owner,
  ): { commands: CommandEntry[]; total: number } {
    const matches = [...this.#commands.values()].filter(commandFilter(query, reader));
    const commands = matches
      .slice(0, limit)
      .map((command) => ({ ...command, allowed: this.#policy.decide(command.id).allowed }));
    return { commands, total: matches.length };
  }

  /** Returns up to three similar IDs. */
  suggest(id: string, reader: Reader = owner): string[] {
    return this.#offerTo(reader).names.nearest(id, 3);
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
    this.#common = offerOf([...this.#commands.keys()].filter((id) => this.#policy.decide(id).allowed));
    this.#narrowed = new WeakMap();
    this.#changed.fire();
  }

  #offerTo(reader: Reader): Offer {
    const { commands } = reader;
    if (commands === undefined) return this.#common;
    const known = this.#narrowed.get(commands);
    if (known !== undefined) return known;
    const offer = offerOf(this.#common.ids.filter((id) => isIncluded(id, reader)));
    this.#narrowed.set(commands, offer);
    return offer;
  }
}

function offerOf(ids: readonly string[]): Offer {
  return { ids, names: new NameIndex(ids) };
}

/** Returns a filter for the commands that match all words of a query, and exist for the reader. */
export function commandFilter(
  query: string | undefined,
  reader: Reader,
): (command: { readonly id: string; readonly title?: string | undefined }) => boolean {
  const words = [...new Set((query ?? "").toLowerCase().split(/\s+/))];
  return ({ id, title = "" }) => {
    const text = `${id} ${title}`.toLowerCase();
    return words.every((word) => text.includes(word)) && isIncluded(id, reader);
  };
}

/** Returns false for a command that the reader's own rules exclude. */
export function isIncluded(id: string, { commands }: Reader): boolean {
  return commands === undefined || principalRules(commands).decide(id) === undefined;
}
