import {
  type CommandTarget,
  type CommandTask,
  type LaneKey,
  type TargetStatus,
  taskFieldsOf,
} from "../../core/commands/target.ts";
import type { KnownCommand, Outcome, RunContext } from "../../core/ports.ts";
import type { ExecuteRequest } from "../../protocol/executions.ts";
import { isBridgeError } from "../../protocol/errors.ts";
import { unavailable } from "../../protocol/unavailable.ts";
import { invalid } from "../../protocol/validate.ts";
import { isPlain, type Json } from "../../protocol/values.ts";
import { toolCommand, toolOf, type ToolServers } from "./toolServers.ts";

/** Number of calls of one server at once. */
const CONCURRENCY = 4;
/** Timeout of a call in milliseconds, unless its request has one. */
const TIMEOUT_MS = 300_000;
const READY: TargetStatus = { state: "ready" };

/** One call of a tool of an MCP server. */
export interface ServerToolTask extends CommandTask {
  readonly server: string;
  readonly tool: string;
  readonly call: { readonly [name: string]: Json };
}

/** The tools of the MCP servers of the user as commands `kiro.tools.<server>.<tool>`. */
export class ToolsTarget implements CommandTarget<ServerToolTask> {
  readonly id = "tools";
  readonly isCancellable = true;
  readonly defaultTimeoutMs = TIMEOUT_MS;
  readonly onDidChangeCommands: ToolServers["onDidChange"];
  readonly #servers: ToolServers;
  readonly #isTrusted: () => boolean;

  constructor(servers: ToolServers, isTrusted: () => boolean) {
    this.onDidChangeCommands = servers.onDidChange;
    this.#servers = servers;
    this.#isTrusted = isTrusted;
  }

  get commands(): readonly KnownCommand[] {
    return this.#servers.tools().map((tool) => ({
      id: toolCommand(tool),
      title: tool.title ?? tool.name,
      source: tool.server,
    }));
  }

  commandOf({ command, target }: ExecuteRequest): string | undefined {
    if (toolOf(command) !== undefined) return command;
    if (target === this.id) throw invalid("command", "format", "kiro.tools.<server>.<tool>", "another text");
    return undefined;
  }

  /** @throws BridgeError VALIDATION_FAILED unless `params` has one object at most */
  accepts(request: ExecuteRequest): ServerToolTask {
    const { server = "", name: tool = "" } = toolOf(request.command) ?? {};
    return { kind: "command", ...taskFieldsOf(request), server, tool, call: callOf(request) };
  }

  laneOf({ server }: ServerToolTask): LaneKey {
    return { name: server, concurrency: CONCURRENCY };
  }

  status(): TargetStatus {
    if (this.#isTrusted()) return READY;
    const message = "MCP servers need a trusted workspace.";
    return { state: "unavailable", error: unavailable("workspace-untrusted", message) };
  }

  async run({ server, tool, call }: ServerToolTask, context: RunContext): Promise<Outcome> {
    const { signal } = context;
    context.began();
    try {
      const { text, isError } = await this.#servers.call(server, tool, call, signal);
      if (isError) return { kind: "failed", error: text, code: "COMMAND_EXECUTION_FAILED" };
      return { kind: "completed", output: text };
    } catch (error) {
      // A timeout is an error, a cancellation is not.
      if (!signal.aborted || isBridgeError(error)) throw error;
      return { kind: "cancelled", how: "cooperative" };
    }
  }
}

function callOf({ args = [], params }: ExecuteRequest): ServerToolTask["call"] {
  const [call = {}, ...others] = params ?? [];
  if (args.length > 0 || others.length > 0 || !isPlain(call))
    throw invalid("params", "type", "one object with all arguments", "others");
  return call;
}
