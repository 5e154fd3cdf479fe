import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { CommandEntry } from "../../protocol/status.ts";
import { NameIndex } from "./nearest.ts";
import type { EditorPort, KnownCommand } from "../ports.ts";
import type { Policy } from "./policy.ts";

const MAX_UNLISTED = 1000;

/**
 * The commands that can be named, kept in memory: for lists, searches and suggestions. Whether a command exists is for
 * the editor to say. Read again when the editor says that they changed, and when one ran that is not known.
 */
export class CommandCatalog implements Disposable {
  readonly #store = new DisposableStore();
  readonly #editor: EditorPort;
  readonly #policy: Policy;
  readonly #extra: readonly KnownCommand[];
  readonly #logger: Logger;
  #commands = new Map<string, KnownCommand>();
  #allowedIds: readonly string[] = [];
  #names = new NameIndex([]);
  /** Those that exist and are in no list: reading it again for each of their runs would not help. */
  readonly #unlisted = new Set<string>();
  #reading: Promise<void> | undefined;

  /** @param extra commands that are not the editor's: `kiro.cli.*`. */
  constructor(editor: EditorPort, policy: Policy, extra: readonly KnownCommand[], logger: Logger) {
    this.#editor = editor;
    this.#policy = policy;
    this.#extra = extra;
    this.#logger = logger;
    this.#store.add(editor.onDidChangeCommands(() => void this.refresh()));
    this.#store.add(policy.onDidChange(() => this.#allow()));
    this.#keep(extra);
  }

  /** Ids which may be run from outside, sorted. */
  get allowedIds(): readonly string[] {
    return this.#allowedIds;
  }

  has(id: string): boolean {
    return this.#commands.has(id);
  }

  /** Hears that a command exists. One that is not known was registered since, so others may have been, too. */
  notice(id: string): void {
    if (!this.has(id) && !this.#unlisted.has(id) && this.#unlisted.size < MAX_UNLISTED) void this.#learn(id);
  }

  /** Reads the editor's commands. Callers at the same time share one reading. When it fails, the old list stays. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
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

  /** A reading that is under way may have begun before the command was registered. */
  async #learn(id: string): Promise<void> {
    await this.#reading;
    await this.refresh();
    if (!this.has(id)) this.#unlisted.add(id);
  }

  async #read(): Promise<void> {
    try {
      this.#keep([...(await this.#editor.listCommands()), ...this.#extra]);
    } catch (error) {
      this.#logger.warn("The editor's commands could not be read", { error: messageOf(error) });
    }
  }

  #keep(commands: readonly KnownCommand[]): void {
    const sorted = commands.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.#commands = new Map(sorted.map((command) => [command.id, command]));
    this.#allow();
  }

  #allow(): void {
    this.#allowedIds = [...this.#commands.keys()].filter((id) => this.#policy.decide(id).allowed);
    this.#names = new NameIndex(this.#allowedIds);
  }
}
