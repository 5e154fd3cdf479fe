import type { CommandRuns } from "../runs/commandRuns.ts";
import { type RunResult, runResultSchema } from "../runs/runResult.ts";
import { defineTool, type ToolDefinition, type ToolRequest, type ToolSpec } from "./toolDefinition.ts";

/** A tool that runs one command, and whose result is the execution. */
interface CommandToolSpec<In> extends Omit<ToolSpec<In, RunResult>, "output" | "run" | "request"> {
  readonly request: (args: In) => ToolRequest;
}

/** Creates a tool that runs one command. */
export function commandTool<In>(commandRuns: CommandRuns, spec: CommandToolSpec<In>): ToolDefinition {
  return defineTool({
    ...spec,
    output: runResultSchema,
    run: (args, call) => commandRuns.result(call, spec.request(args)),
  });
}
