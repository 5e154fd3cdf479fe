import type { ToolDefinition } from "./toolDefinition.ts";

export interface ToolTableDeps {
  /** Creates the built-in tools. @param hasEditor false leaves out those that answer from an editor */
  readonly builtIn: (hasEditor: boolean) => readonly ToolDefinition[];
  /** Returns whether a window at the address has an editor, which may change at any time. */
  readonly hasEditor: () => boolean;
  /** Creates the tools of commands. */
  readonly pin: (ids: readonly string[]) => readonly ToolDefinition[];
  /** Returns the setting, which may change at any time. */
  readonly pinnedIds: () => readonly string[];
}

/** The tools of the bridge: the built-in ones, and those of the commands that the user has pinned. */
export class ToolTable {
  readonly #deps: ToolTableDeps;
  #hasEditor: boolean;
  #ids: readonly string[] = [];
  #tools: readonly ToolDefinition[] = [];
  #byName: ReadonlyMap<string, ToolDefinition> = new Map();

  constructor(deps: ToolTableDeps) {
    this.#deps = deps;
    this.#hasEditor = deps.hasEditor();
    this.#build();
  }

  get tools(): readonly ToolDefinition[] {
    this.refresh();
    return this.#tools;
  }

  find(name: string): ToolDefinition | undefined {
    this.refresh();
    return this.#byName.get(name);
  }

  /** Reads the pinned commands, and whether there is an editor. @returns true if the tools have changed */
  refresh(): boolean {
    const ids = this.#deps.pinnedIds();
    const hasEditor = this.#deps.hasEditor();
    const areSame = ids === this.#ids || JSON.stringify(ids) === JSON.stringify(this.#ids);
    if (areSame && hasEditor === this.#hasEditor) return false;
    this.#ids = ids;
    this.#hasEditor = hasEditor;
    this.#build();
    return true;
  }

  #build(): void {
    const { builtIn, pin } = this.#deps;
    this.#tools = [...builtIn(this.#hasEditor), ...pin(this.#ids)];
    this.#byName = new Map(this.#tools.map((tool) => [tool.name, tool]));
  }
}
