import { DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import { EDITOR_SERVER } from "./editorServer.ts";
import type { ServerTool, ToolServers } from "../servers/toolServers.ts";

/** Maximum number of tools of all servers together. */
const MAX_TOOLS = 64;

/** The MCP servers of the setting together with those of the editor. Disposes both. */
export class JoinedServers implements ToolServers {
  readonly #configured: ToolServers;
  readonly #editor: ToolServers;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;

  constructor(configured: ToolServers, editor: ToolServers) {
    this.#configured = this.#store.add(configured);
    this.#editor = this.#store.add(editor);
    for (const servers of [configured, editor]) this.#store.add(servers.onDidChange(() => this.#changed.fire()));
  }

  tools(): readonly ServerTool[] {
    return this.#joined(this.#configured.tools());
  }

  async ready(signal: AbortSignal): Promise<readonly ServerTool[]> {
    return this.#joined(await this.#configured.ready(signal));
  }

  call(...call: Parameters<ToolServers["call"]>): ReturnType<ToolServers["call"]> {
    const [server] = call;
    return (server === EDITOR_SERVER ? this.#editor : this.#configured).call(...call);
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #joined(configured: readonly ServerTool[]): readonly ServerTool[] {
    const own = configured.filter(({ server }) => server !== EDITOR_SERVER);
    return [...own, ...this.#editor.tools()].slice(0, MAX_TOOLS);
  }
}
