import type * as z from "zod";
import { editorCommands, type EditorCommandId } from "../../protocol/editor/editorCommands.ts";
import { editorResults } from "../../protocol/editor/editorResults.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { type ExecutionRecord, jsonSchema } from "../../protocol/executions.ts";
import type { CommandRuns } from "../runs/commandRuns.ts";
import { workspaceSchema } from "./places.ts";
import { AskFirst } from "./toolCall.ts";
import { defineTool, type ToolDefinition, type ToolHints, type ToolRequest } from "./toolDefinition.ts";

const reading = { isReadOnly: true, isOpenWorld: false } as const;

interface EditorTool<Id extends EditorCommandId> {
  readonly command: Id;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly hints: ToolHints;
}

const tools: readonly EditorTool<EditorCommandId>[] = [
  {
    command: "kiro.editor.context",
    name: "editor_context",
    title: "Look at the editor",
    description:
      "Returns the folders of the window, the active file with its selection, the visible editors, and the number of problems.",
    hints: reading,
  },
  {
    command: "kiro.editor.diagnostics",
    name: "get_diagnostics",
    title: "List problems",
    description: "Lists the problems that the editor and its language servers report: errors, warnings and hints.",
    hints: reading,
  },
  {
    command: "kiro.editor.findSymbols",
    name: "find_symbols",
    title: "Find symbols",
    description: "Finds classes, functions and other symbols by name in the workspace, or lists those of a file.",
    hints: reading,
  },
  {
    command: "kiro.editor.findReferences",
    name: "find_references",
    title: "Find references",
    description: "Finds all references to the symbol at a position of a file, as its language server knows them.",
    hints: reading,
  },
  {
    command: "kiro.editor.rename",
    name: "rename_symbol",
    title: "Rename a symbol",
    description: "Renames the symbol at a position of a file in all files, as its language server does.",
    hints: { isReadOnly: false, isDestructive: true, isIdempotent: false, isOpenWorld: false },
  },
];

/** The commands among them that change nothing. */
export const readOnlyCommands: ReadonlySet<string> = new Set(
  tools.filter(({ hints }) => hints.isReadOnly).map(({ command }) => command),
);

/** Creates the tools that answer from the editor what a program cannot find out by reading files. */
export function editorTools(commandRuns: CommandRuns): ToolDefinition[] {
  return tools.map((tool) => editorTool(tool, commandRuns));
}

function editorTool<Id extends EditorCommandId>(
  { command, ...listed }: EditorTool<Id>,
  commandRuns: CommandRuns,
): ToolDefinition {
  const argument: z.ZodObject = editorCommands[command].argument;
  const output: z.ZodObject = editorResults[command];
  const request = ({ workspace, ...given }: z.infer<z.ZodObject>): ToolRequest => ({
    request: { command, params: [jsonSchema.parse(given)] },
    workspace: workspaceSchema.parse(workspace),
  });
  return defineTool({
    ...listed,
    input: argument.safeExtend({ workspace: workspaceSchema }),
    output,
    request,
    async run(args, call) {
      const settled = await commandRuns.run(call, request(args));
      return settled instanceof AskFirst ? settled : { structured: output.parse(resultOf(settled)) };
    },
  });
}

/** @throws BridgeError with the reason if the command has not completed */
function resultOf({ id, status, result, error, code = "COMMAND_EXECUTION_FAILED" }: ExecutionRecord): unknown {
  if (status === "completed") return result;
  throw new BridgeError(code, error ?? `Execution ${id} has ended: ${status}.`);
}
