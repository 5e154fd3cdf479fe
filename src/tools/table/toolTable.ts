import type { ToolDefinition } from "./toolDefinition.ts";

/** The tools of the bridge: the built-in ones, and those of the commands that the user has pinned. */
export class ToolTable {
  readonly #builtIn: readonly ToolDefinition[];
  readonly #pin: (ids: readonly string[]) => readonly ToolDefinition[];
  readonly #pinnedIds: () => readonly string[];
  #ids: readonly string[] = [];
  #tools: readonly ToolDefinition[];
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
    this.#tools = builtIn;
    this.#byName = byName(builtIn);
  }

  get tools(): readonly ToolDefinition[] {
    this.refresh();
    return this.#tools;
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
    this.#tools = [...this.#builtIn, ...this.#pin(ids)];
    this.#byName = byName(this.#tools);
    return true;
  }
}

function byName(tools: readonly ToolDefinition[]): ReadonlyMap<string, ToolDefinition> {
  return new Map(tools.map((tool) => [tool.name, tool]));
}
