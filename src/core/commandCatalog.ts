import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { messageOf } from "../protocol/errors.ts";
import type { CommandEntry } from "../protocol/status.ts";
import { nearest } from "./nearest.ts";
import type { EditorPort, KnownCommand } from "./ports.ts";
import type { Policy } from "./policy.ts";

/**
 * The commands that exist, kept in memory. Read anew when the editor says that they changed, and when somebody asks for
 * an id that is not known: a command may have been registered since. A known id costs no round trip.
 */
export class CommandCatalog implements Disposable {
  readonly #store = new DisposableStore();
  readonly #editor: EditorPort;
  readonly #policy: Policy;
  readonly #extra: readonly KnownCommand[];
  readonly #logger: Logger;
  #commands = new Map<string, KnownCommand>();
  #allowedIds: readonly string[] = [];
  #reading: Promise<void> | undefined;

  /** @param extra commands that are not the editor's: `kiro.cli.*`. */
  constructor(editor: EditorPort, policy: Policy, extra: readonly KnownCommand[], logger: Logger) {
    this.#editor = editor;
    this.#policy = policy;
    this.#extra = extra;
    this.#logger = logger;
    this.#store.add(editor.onDidChangeCommands(() => void this.refresh()));
    this.#keep(extra);
  }

  /** Ids which may be run from outside, sorted. */
  get allowedIds(): readonly string[] {
    return this.#allowedIds;
  }

  has(id: string): boolean {
    return this.#commands.has(id);
  }

  /** Whether the command exists, after a look at the editor if it is not known yet. */
  async hasNow(id: string): Promise<boolean> {
    if (this.has(id)) return true;
    // A reading that is under way may have begun before the command was registered: its answer is too old for a "no".
    await this.#reading;
    if (!this.has(id)) await this.refresh();
    return this.has(id);
  }

  /** Reads the editor's commands. Callers at the same time share one reading. When it fails, the old list stays. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  search(query: string | undefined, limit: number): { commands: CommandEntry[]; total: number } {
    const wanted = query?.toLowerCase();
    const matches = [...this.#commands.values()].filter(
      ({ id, title }) => wanted === undefined || `${id} ${title ?? ""}`.toLowerCase().includes(wanted),
    );
    const commands = matches
      .slice(0, limit)
      .map((command) => ({ ...command, allowed: this.#policy.decide(command.id).allowed }));
    return { commands, total: matches.length };
  }

  /** Up to three known ids that look like this one. */
  suggest(id: string): string[] {
    return nearest(id, this.#allowedIds, 3);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
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
    this.#allowedIds = [...this.#commands.keys()].filter((id) => this.#policy.decide(id).allowed);
  }
}
