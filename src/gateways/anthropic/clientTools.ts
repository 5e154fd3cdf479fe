import { invalid, quote } from "../../protocol/validate.ts";
import type { ClientTool, TurnRequest } from "../turns/turn.ts";
import type { PromptBody } from "./messagesSchema.ts";

/**
 * Returns the tools that the caller runs.
 * @throws BridgeError VALIDATION_FAILED for two of the same name
 */
export function clientToolsOf({ tools }: PromptBody): readonly ClientTool[] {
  const names = new Set<string>();
  return (tools ?? []).flatMap((tool, index) => {
    if (tool === null) return [];
    const { name, description, input_schema: parameters } = tool;
    if (names.has(name)) {
      throw invalid(`tools[${index}].name`, "unique", "a name of its own", quote(name), "two tools have this name");
    }
    names.add(name);
    return [{ name, description: description ?? "", parameters }];
  });
}

/**
 * Returns the tool that must be called, if one must.
 * @throws BridgeError VALIDATION_FAILED for a tool that is not there, or if several could be called
 */
export function toolChoiceOf(
  { tool_choice: choice }: PromptBody,
  tools: readonly ClientTool[],
): TurnRequest["toolChoice"] {
  switch (choice?.type) {
    case undefined:
    case "auto":
      return "auto";
    case "none":
      return "none";
    case "tool": {
      const tool = tools.find(({ name }) => name === choice.name);
      if (tool === undefined) {
        throw notOne("tool_choice.name", `"${quote(choice.name)}" is not among the tools that the caller runs.`);
      }
      return { tool: tool.name };
    }
    case "any": {
      const [tool, another] = tools;
      if (tool === undefined || another !== undefined) {
        throw notOne(
          "tool_choice.type",
          'an agent cannot be forced to call any of several tools. Name one: {"type":"tool","name":…}, or send "auto".',
        );
      }
      return { tool: tool.name };
    }
  }
}

function notOne(field: string, detail: string) {
  return invalid(field, "unsupported", "one of tools", "another choice", detail);
}
