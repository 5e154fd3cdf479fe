import * as z from "zod";
import { jsonSchema, MAX_COMMAND_ID_LENGTH, MAX_TIMEOUT_MS } from "../../protocol/executions.ts";
import { commandEntrySchema } from "../../protocol/status.ts";
import type { CoreDeps } from "../../server/serverModule.ts";
import { listAllCommands } from "../../server/windows/listAllCommands.ts";
import type { Placement } from "../../server/windows/placement.ts";
import type { CommandRuns } from "../runs/commandRuns.ts";
import { rankCommands } from "./commandRank.ts";
import { workspaceSchema } from "./places.ts";
import { commandTool } from "./commandTool.ts";
import { freeName } from "./freeName.ts";
import { defineTool, type ToolDefinition, type ToolRequest } from "./toolDefinition.ts";

export interface CommandToolsDeps {
  readonly catalog: Pick<CoreDeps["catalog"], "search" | "suggest">;
  readonly placement: Pick<Placement, "windowId">;
  readonly commandRuns: CommandRuns;
}

const OFFSET = /^\d{1,7}$/;
const paramsSchema = z
  .array(jsonSchema)
  .optional()
  .describe(
    'Typed arguments, in order. Objects such as {"$type":"Uri","value":"file:///…"} become objects of the editor.',
  );
const timeoutSchema = z.int().min(1).max(MAX_TIMEOUT_MS).optional().describe("Maximum duration in milliseconds.");

/** A command may do anything: the policy decides by its ID. */
const running = { isReadOnly: false, isDestructive: true, isIdempotent: false, isOpenWorld: true } as const;

/** Creates the tools that find and run commands of the editor, of its extensions, of plugins and of Kiro CLI. */
export function commandTools(deps: CommandToolsDeps): ToolDefinition[] {
  return [searchCommands(deps), runCommand(deps)];
}

function searchCommands({ catalog, placement }: CommandToolsDeps): ToolDefinition {
  return defineTool({
    name: "search_commands",
    title: "Search commands",
    description:
      "Finds commands of the editor, its extensions, plugins and Kiro CLI by words in their IDs and titles, best first. Run one with run_command.",
    hints: { isReadOnly: true, isOpenWorld: false },
    input: z.strictObject({
      query: z.string().max(200).default("").describe("Words, in any order. Default: all commands."),
      limit: z.int().min(1).max(100).default(20),
      cursor: z.string().regex(OFFSET).optional().describe("nextCursor of the previous page."),
    }),
    output: z.object({
      // Without its name, which would become a reference: not every client follows one.
      commands: z.array(z.object({ ...commandEntrySchema.shape })),
      total: z.int(),
      nextCursor: z.string().optional(),
      suggestions: z.array(z.string()).optional().describe("Similar IDs, if there is no match."),
    }),
    run({ query, limit, cursor = "0" }, { windows: { others }, caller: { principal } }) {
      principal.scopes.assert("status:read");
      const own = { catalog, windowId: placement.windowId };
      const find = (words?: string) =>
        listAllCommands(own, others, { query: words, limit: Number.POSITIVE_INFINITY }, principal).commands;
      const exact = find(query);
      // Otherwise those with some of the words.
      const matches = rankCommands(exact.length > 0 ? exact : find(), query);
      const end = Number(cursor) + limit;
      const structured = {
        commands: matches.slice(Number(cursor), end),
        total: matches.length,
        ...(end < matches.length && { nextCursor: String(end) }),
        ...(matches.length === 0 && { suggestions: catalog.suggest(query, principal) }),
      };
      return { structured };
    },
  });
}

const runFields = { params: paramsSchema, workspace: workspaceSchema, timeoutMs: timeoutSchema } as const;
const runFieldsSchema = z.strictObject(runFields);

function runCommand({ commandRuns }: CommandToolsDeps): ToolDefinition {
  return commandTool(commandRuns, {
    name: "run_command",
    title: "Run a command",
    description:
      "Runs a command of the editor, its extensions, plugins or Kiro CLI by its ID, and waits for its result. The user's policy decides about the command. Find IDs with search_commands.",
    hints: running,
    input: z.strictObject({
      id: z.string().min(1).max(MAX_COMMAND_ID_LENGTH).describe("The ID of the command."),
      title: z.string().max(200).optional().describe("What this call does, in a few words for the user."),
      ...runFields,
    }),
    request: ({ id, ...fields }) => ({ ...requestOf(id, fields), title: `Run ${id}` }),
  });
}

function requestOf(command: string, { params, timeoutMs, workspace }: z.infer<typeof runFieldsSchema>): ToolRequest {
  const fields = { ...(params !== undefined && { params }), ...(timeoutMs !== undefined && { timeoutMs }) };
  return { request: { command, ...fields }, workspace };
}

/** Creates a tool for each command that the user has pinned, with a name that clients accept. */
export function pinnedTools(ids: readonly string[], { commandRuns }: Pick<CommandToolsDeps, "commandRuns">) {
  const names = new Set<string>();
  return ids.map((id): ToolDefinition => {
    const name = freeName(`command_${id}`, names);
    names.add(name);
    return commandTool(commandRuns, {
      name,
      title: id,
      description: `Runs ${id}, a command that the user has pinned, and waits for its result.`,
      hints: running,
      input: runFieldsSchema,
      request: (fields) => requestOf(id, fields),
    });
  });
}
