import type { BridgeError } from "../../../protocol/errors.ts";
import { invalid, quote } from "../../../protocol/validate.ts";
import type { ClientTool, TurnRequest } from "../../turns/turn.ts";
import type { ChatRequest } from "./chatRequest.ts";

/** The tools of a request, and the choice between them. */
export type ToolsOfTurn = Pick<TurnRequest, "tools" | "toolChoice">;

/**
 * Returns the functions that the caller runs.
 * @param isForModel true for a model, which can be held to call any of several functions
 * @throws BridgeError VALIDATION_FAILED for two of one name, and for a choice that an agent cannot be held to
 */
export function toolsOfTurn(request: ChatRequest, isForModel = false): ToolsOfTurn {
  const tools = functionsOf(request);
  const required = (some: readonly ClientTool[]): TurnRequest["toolChoice"] =>
    isForModel && some.length > 0 ? "required" : onlyOne(some);
  const { tool_choice: choice, function_call: chosen } = request;
  if (choice && typeof choice === "object") {
    if (choice.type === "function") return { tools, toolChoice: named(tools, choice.function.name, "tool_choice") };
    const { mode, tools: allowed } = choice.allowed_tools;
    const field = "tool_choice.allowed_tools.tools";
    const some = allowed.map((tool) => toolNamed(tools, tool.function.name, field));
    return { tools: some, toolChoice: mode === "auto" ? "auto" : required(some) };
  }
  if (choice === "required") return { tools, toolChoice: required(tools) };
  if (choice) return { tools, toolChoice: choice };
  if (chosen && typeof chosen === "object") {
    return { tools, toolChoice: named(tools, chosen.name, "function_call") };
  }
  return { tools, toolChoice: chosen ?? "auto" };
}

function functionsOf({ tools, functions }: ChatRequest): readonly ClientTool[] {
  const found = new Map<string, ClientTool>();
  const add = (field: string, tool: NonNullable<ChatRequest["functions"]>[number]): void => {
    const { name, description, parameters } = tool;
    if (found.has(name)) throw invalid(field, "unique", "a name of its own", "a known name", "two functions have it");
    const schema = parameters ?? { type: "object", properties: {} };
    found.set(name, { name, description: description ?? "", parameters: schema });
  };
  for (const [index, tool] of tools?.entries() ?? []) {
    if (tool !== null) add(`tools[${index}].function.name`, tool.function);
  }
  for (const [index, tool] of functions?.entries() ?? []) add(`functions[${index}].name`, tool);
  return [...found.values()];
}

function toolNamed(tools: readonly ClientTool[], name: string, field: string): ClientTool {
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool !== undefined) return tool;
  throw unsupported(field, `'${quote(name)}' is not among the functions of the request. Name one of them.`);
}

function named(tools: readonly ClientTool[], name: string, field: string): { readonly tool: string } {
  return { tool: toolNamed(tools, name, field).name };
}

/** Returns the choice of the only tool: an agent can be held to one, because its arguments are asked for as JSON. */
function onlyOne(tools: readonly ClientTool[]): { readonly tool: string } {
  const [only, another] = tools;
  if (only === undefined) throw unsupported("tool_choice", "there is no function to call. Send tools, or omit it.");
  if (another === undefined) return { tool: only.name };
  throw unsupported(
    "tool_choice",
    'an agent cannot be held to call any of several functions. Name one: {"type":"function","function":{"name":…}}, or send "auto".',
  );
}

function unsupported(field: string, detail: string): BridgeError {
  return invalid(field, "unsupported", "one function", "another choice", detail);
}
