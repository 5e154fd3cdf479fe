import type { CommandCatalog } from "../../core/commands/commandCatalog.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";

/** Number of IDs whose check is kept. */
const MAX_KEPT = 1000;

/** The commands that exports may name: those that exist, and whose IDs, which plugins and extensions choose, have no secrets. */
export class ExportedCommands {
  readonly #catalog: Pick<CommandCatalog, "has">;
  readonly #redactor: Redactor;
  readonly #plain = new Set<string>();
  /** The revision of the redactor that they were checked with. */
  #revision = 0;

  constructor(catalog: Pick<CommandCatalog, "has">, redactor: Redactor) {
    this.#catalog = catalog;
    this.#redactor = redactor;
  }

  has(id: string): boolean {
    return this.#catalog.has(id) && this.#isPlain(id);
  }

  #isPlain(id: string): boolean {
    const { revision } = this.#redactor;
    if (revision !== this.#revision || this.#plain.size >= MAX_KEPT) this.#plain.clear();
    this.#revision = revision;
    if (this.#plain.has(id)) return true;
    if (this.#redactor.text(id) !== id) return false;
    this.#plain.add(id);
    return true;
  }
}
