import { DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { McpServerSettings } from "../../core/models/agentSettings.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { Json } from "../../protocol/values.ts";
import type { ServerAnswer, ServerTool, ToolServers } from "../servers/toolServers.ts";
import { McpServer, type McpServerDeps } from "./mcpServer.ts";

/** Maximum number of servers, and of their tools together. */
const MAX_SERVERS = 16;
const MAX_TOOLS = 64;

/** By name. */
export type McpServersSettings = Readonly<Record<string, McpServerSettings>>;

interface Used {
  readonly server: McpServer;
  /** The settings that it was made of, as JSON. */
  readonly key: string;
}

/** The MCP servers of the setting, which may change at any time. */
export class McpServers implements ToolServers {
  readonly #settings: () => McpServersSettings;
  readonly #deps: McpServerDeps;
  readonly #servers = new Map<string, Used>();
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #store = new DisposableStore();

  constructor(settings: () => McpServersSettings, deps: McpServerDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#store.add(this.#changed);
  }

  tools(): readonly ServerTool[] {
    return [...this.#servers.values()].flatMap(({ server }) => server.tools).slice(0, MAX_TOOLS);
  }

  async ready(signal: AbortSignal): Promise<readonly ServerTool[]> {
    this.#applySettings();
    await Promise.allSettled([...this.#servers.values()].map(({ server }) => server.connect(signal)));
    signal.throwIfAborted();
    return this.tools();
  }

  async call(
    name: string,
    tool: string,
    args: { readonly [name: string]: Json },
    signal: AbortSignal,
  ): Promise<ServerAnswer> {
    this.#applySettings();
    const server = this.#servers.get(name)?.server;
    if (server === undefined) return failed(`There is no MCP server '${name}' in kiroBridge.agents.mcpServers.`);
    try {
      return await server.call(tool, args, signal);
    } catch (error) {
      signal.throwIfAborted();
      return failed(`The MCP server '${name}' failed: ${messageOf(error)}`);
    }
  }

  async dispose(): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map(({ server }) => server.dispose()));
    await this.#store.dispose();
  }

  /** Adds the servers of the setting, and ends those that are no longer in it. */
  #applySettings(): void {
    const wanted = new Map(Object.entries(this.#settings()).slice(0, MAX_SERVERS));
    for (const [name, { server, key }] of this.#servers) {
      if (key === JSON.stringify(wanted.get(name))) continue;
      this.#servers.delete(name);
      void server.dispose();
    }
    for (const [name, settings] of wanted) {
      if (this.#servers.has(name)) continue;
      const server = new McpServer(name, settings, this.#deps);
      this.#servers.set(name, { server, key: JSON.stringify(settings) });
      this.#store.add(server.onDidChange(() => this.#changed.fire()));
    }
  }
}

function failed(text: string): ServerAnswer {
  return { text, isError: true };
}
