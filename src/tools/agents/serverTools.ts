import { jsonSchema } from "../../protocol/executions.ts";
import type { CommandRuns } from "../runs/commandRuns.ts";
import { type ServerTool, toolCommand } from "../servers/toolServers.ts";
import { freeName } from "../table/freeName.ts";
import type { ToolDefinition, ToolRequest } from "../table/toolDefinition.ts";

const LONGEST_DESCRIPTION = 4000;
/** Maximum length of the JSON Schema of a tool, in characters. */
const LONGEST_SCHEMA = 64 * 1024;

/**
 * Creates tools for those of the user's MCP servers, each of which runs its command.
 * @param taken the names of other tools
 */
export function serverTools(
  tools: readonly ServerTool[],
  taken: Iterable<string>,
  commandRuns: CommandRuns,
): readonly ToolDefinition[] {
  const names = new Set(taken);
  return tools.filter(isSmall).map((tool) => {
    const name = freeName(`${tool.server}_${tool.name}`, names);
    names.add(name);
    return definitionOf(name, tool, commandRuns);
  });
}

function isSmall({ parameters }: ServerTool): boolean {
  return JSON.stringify(parameters).length <= LONGEST_SCHEMA;
}

function definitionOf(name: string, tool: ServerTool, commandRuns: CommandRuns): ToolDefinition {
  const title = `${tool.server}: ${tool.title ?? tool.name}`;
  const requestOf = (args: unknown): ToolRequest => ({
    request: { command: toolCommand(tool), params: [jsonSchema.parse(args)] },
    title,
  });
  return {
    name,
    title,
    description: tool.description.slice(0, LONGEST_DESCRIPTION),
    hints: { isReadOnly: tool.isReadOnly, isOpenWorld: true },
    input: { ...tool.parameters, type: "object" },
    output: { type: "object" },
    requestOf,
    call: (args, call) => commandRuns.result(call, requestOf(args)),
  };
}
