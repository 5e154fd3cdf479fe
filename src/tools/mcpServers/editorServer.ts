import type { Event } from "../../base/events.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Json } from "../../protocol/values.ts";
import {
  type EditorMcpTools,
  hasCommand,
  type ServerAnswer,
  type ServerTool,
  type ToolServers,
} from "../servers/toolServers.ts";

/** The name of the server that has the tools of the editor. */
export const EDITOR_SERVER = "editor";

/** The MCP servers of the editor, as one server. */
export class EditorServer implements ToolServers {
  readonly onDidChange: Event<void>;
  readonly #editor: EditorMcpTools;
  readonly #isEnabled: () => boolean;

  /** @param isEnabled returns the setting, which may change at any time */
  constructor(editor: EditorMcpTools, isEnabled: () => boolean) {
    this.onDidChange = editor.onDidChange;
    this.#editor = editor;
    this.#isEnabled = isEnabled;
  }

  tools(): readonly ServerTool[] {
    if (!this.#isEnabled()) return [];
    const tools = this.#editor.list().map(({ name, description, inputSchema }) => ({
      server: EDITOR_SERVER,
      name,
      title: undefined,
      description,
      parameters: { ...inputSchema },
      // The editor does not say.
      isReadOnly: false,
    }));
    return tools.filter(hasCommand);
  }

  ready(): Promise<readonly ServerTool[]> {
    return Promise.resolve(this.tools());
  }

  async call(
    _server: string,
    tool: string,
    args: { readonly [name: string]: Json },
    signal: AbortSignal,
  ): Promise<ServerAnswer> {
    if (!this.tools().some(({ name }) => name === tool))
      return { text: `The editor has no tool '${tool}' of an MCP server.`, isError: true };
    try {
      return { text: await this.#editor.invoke(tool, args, signal), isError: false };
    } catch (error) {
      signal.throwIfAborted();
      return { text: messageOf(error), isError: true };
    }
  }

  dispose(): void {
    // The editor runs its servers itself.
  }
}
