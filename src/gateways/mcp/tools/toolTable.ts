import type { Tool } from "@modelcontextprotocol/server";
import type { ToolDefinition } from "./toolDefinition.ts";

/** The tools that clients see: the built-in ones, and those of the commands that the user has pinned. */
export class ToolTable {
  readonly #builtIn: readonly ToolDefinition[];
  readonly #pin: (ids: readonly string[]) => readonly ToolDefinition[];
  readonly #pinnedIds: () => readonly string[];
  #ids: readonly string[] = [];
  #listings: readonly Tool[];
  #byName: ReadonlyMap<string, ToolDefinition>;

  /**
   * @param pin creates the tools of commands
   * @param pinnedIds returns the setting, which may change at any time
   */
  constructor(
    builtIn: readonly ToolDefinition[],
    pin: (ids: readonly string[]) => readonly ToolDefinition[],
    pinnedIds: () => readonly string[],
  ) {
    this.#builtIn = builtIn;
    this.#pin = pin;
    this.#pinnedIds = pinnedIds;
    this.#listings = builtIn.map(({ listing }) => listing);
    this.#byName = byName(builtIn);
  }

  get listings(): readonly Tool[] {
    this.refresh();
    return this.#listings;
  }

  find(name: string): ToolDefinition | undefined {
    this.refresh();
    return this.#byName.get(name);
  }

  /** Reads the pinned commands. @returns true if they have changed */
  refresh(): boolean {
    const ids = this.#pinnedIds();
    if (ids === this.#ids || JSON.stringify(ids) === JSON.stringify(this.#ids)) return false;
    this.#ids = ids;
    const tools = [...this.#builtIn, ...this.#pin(ids)];
    this.#listings = tools.map(({ listing }) => listing);
    this.#byName = byName(tools);
    return true;
  }
}

function byName(tools: readonly ToolDefinition[]): ReadonlyMap<string, ToolDefinition> {
  return new Map(tools.map((tool) => [tool.listing.name, tool]));
}
