import type { Disposable } from "../../base/disposables.ts";
import { type Event, noEvent } from "../../base/events.ts";
import type { JsonSchema } from "../../protocol/schemas/jsonSchema.ts";
import type { Json } from "../../protocol/values.ts";

/** A tool of an MCP server of the user. */
export interface ServerTool {
  /** The name of the server in the settings. */
  readonly server: string;
  /** As the server names it. */
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string;
  /** A JSON Schema of an object. */
  readonly parameters: JsonSchema;
  /** True if the server says that it changes nothing. */
  readonly isReadOnly: boolean;
}

/** The result of a call. A failed one is a result as well. */
export interface ServerAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** MCP servers of the user, which are started when they are needed first. */
export interface ToolServers extends Disposable {
  /** Fires when other tools than before are known. */
  readonly onDidChange: Event<void>;
  /** Returns the tools of the servers that are connected. */
  tools(): readonly ServerTool[];
  /** Connects the servers, and returns the tools of those that could be. @throws the signal's reason */
  ready(signal: AbortSignal): Promise<readonly ServerTool[]>;
  /** Calls a tool, connecting its server if necessary. @throws the signal's reason */
  call(
    server: string,
    tool: string,
    args: { readonly [name: string]: Json },
    signal: AbortSignal,
  ): Promise<ServerAnswer>;
}

/** A tool of an MCP server that the editor runs. */
export interface EditorMcpTool {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema; undefined if it has no arguments. */
  readonly inputSchema: object | undefined;
}

/** The tools of the MCP servers that the editor runs, except our own. */
export interface EditorMcpTools {
  readonly onDidChange: Event<void>;
  list(): readonly EditorMcpTool[];
  /** Returns the text of the result. @throws the error of the tool; the signal's reason */
  invoke(name: string, input: object, signal: AbortSignal): Promise<string>;
}

/** Serves as `ToolServers` where there are none. */
export const noToolServers: ToolServers = {
  onDidChange: noEvent,
  tools: () => [],
  ready: async () => [],
  call: async (server) => ({ text: `There is no MCP server '${server}'.`, isError: true }),
  dispose: () => undefined,
};

/** The prefix of the commands of tools. */
const PREFIX = "kiro.tools.";
const COMMAND = /^kiro\.tools\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_./:-]{1,128})$/;

/** Returns true for a tool whose name can be part of a command; others are left out. */
export function hasCommand({ server, name }: Pick<ServerTool, "server" | "name">): boolean {
  return COMMAND.test(toolCommand({ server, name }));
}

/** Returns the ID of the command of a tool. */
export function toolCommand({ server, name }: Pick<ServerTool, "server" | "name">): string {
  return `${PREFIX}${server}.${name}`;
}

/** Returns the tool of a command; undefined if it has another form. */
export function toolOf(command: string): Pick<ServerTool, "server" | "name"> | undefined {
  const [, server, name] = COMMAND.exec(command) ?? [];
  return server === undefined || name === undefined ? undefined : { server, name };
}
