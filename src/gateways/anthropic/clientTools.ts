import { invalid } from "../../protocol/validate.ts";
import type { ClientTool, TurnRequest } from "../turns/turn.ts";
import type { PromptBody } from "./messagesSchema.ts";

/** Returns the tools that the caller runs. */
export function clientToolsOf({ tools }: PromptBody): readonly ClientTool[] {
  return (tools ?? []).flatMap((tool) =>
    tool === null ? [] : [{ name: tool.name, description: tool.description ?? "", parameters: tool.input_schema }],
  );
}

/**
 * Returns the tool that must be called, if one must.
 * @param isForModel true for a model, which can be held to call any of several tools
 * @throws BridgeError VALIDATION_FAILED if it is not among the tools, or if several could be called
 */
export function toolChoiceOf(
  { tool_choice: choice }: PromptBody,
  tools: readonly ClientTool[],
  isForModel = false,
): TurnRequest["toolChoice"] {
  switch (choice?.type) {
    case undefined:
    case "auto":
      return "auto";
    case "none":
      return "none";
    case "tool":
      if (tools.some(({ name }) => name === choice.name)) return { tool: choice.name };
      throw unsupported("tool_choice.name", "the tool is not among those in tools that the caller runs.");
    case "any": {
      const [tool, another] = tools;
      if (isForModel && tool !== undefined) return "required";
      if (tool !== undefined && another === undefined) return { tool: tool.name };
      throw unsupported(
        "tool_choice.type",
        'an agent cannot be forced to call one of several tools. Name the tool: {"type":"tool","name":…}, or send "auto".',
      );
    }
  }
}

function unsupported(field: string, detail: string) {
  return invalid(field, "unsupported", "the one tool that can be called", "another choice", detail);
}
