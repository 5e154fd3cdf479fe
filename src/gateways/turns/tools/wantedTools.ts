import { createHash } from "node:crypto";
import { canonicalJson } from "../../../base/canonicalJson.ts";
import { invalid } from "../../../protocol/validate.ts";
import type { ClientTool, TurnRequest } from "../turn.ts";

/** Limits what a session keeps of its client. */
const MAX_TOOLS = 512;
const MAX_LENGTH = 2 * 1024 * 1024;
const MAX_NAME_LENGTH = 1000;

/** The tools that are lent for a request. */
export interface WantedTools {
  readonly lent: readonly ClientTool[];
  /** The tool whose arguments are asked for as JSON. */
  readonly asked: ClientTool | undefined;
  /** True if the client's tools have no effect. */
  readonly isIgnored: boolean;
  /** Equal for equal lent tools, in any order. */
  readonly list: string;
}

/**
 * Decides about the tools of a request. A request for the call of one tool lends none: the agent would be free to call others,
 * or none.
 * @throws BridgeError VALIDATION_FAILED
 */
export function wantedTools(
  { tools, toolChoice }: Pick<TurnRequest, "tools" | "toolChoice">,
  setting: "lend" | "ignore" | "refuse",
): WantedTools {
  assertTools(tools);
  if (tools.length > 0 && setting === "refuse") {
    throw invalid(
      "tools",
      "unsupported",
      "no tools",
      "tools",
      "tools are refused by the setting kiroBridge.gateways.clientTools",
    );
  }
  const asked = askedTool(tools, toolChoice);
  const isLent = setting === "lend" && toolChoice === "auto";
  const lent = isLent ? tools : [];
  const isIgnored = setting === "ignore" && tools.length > 0 && asked === undefined;
  return { lent, asked, isIgnored, list: listOf(lent) };
}

function askedTool(tools: readonly ClientTool[], choice: TurnRequest["toolChoice"]): ClientTool | undefined {
  if (typeof choice === "object") return namedTool(tools, choice.tool);
  if (choice !== "required") return undefined;
  const [only, another] = tools;
  if (only !== undefined && another === undefined) return only;
  throw invalid("tool_choice", "unsupported", "one tool to call", `${tools.length} tools`);
}

function namedTool(tools: readonly ClientTool[], name: string): ClientTool {
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool !== undefined) return tool;
  throw invalid("tool_choice", "enum", "the name of one of the tools", "another name");
}

/** @throws BridgeError VALIDATION_FAILED for names that are not unique, and for too many or too large tools */
export function assertTools(tools: readonly ClientTool[]): void {
  if (tools.length > MAX_TOOLS) throw invalid("tools", "too_big", `at most ${MAX_TOOLS} tools`, `${tools.length}`);
  const names = new Set<string>();
  let length = 0;
  for (const [index, tool] of tools.entries()) {
    const field = `tools[${index}]`;
    if (tool.name === "" || tool.name.length > MAX_NAME_LENGTH) {
      throw invalid(`${field}.name`, "too_big", `1 to ${MAX_NAME_LENGTH} characters`, `${tool.name.length}`);
    }
    if (names.has(tool.name))
      throw invalid(`${field}.name`, "unique", "a name that no other tool has", "a repeated name");
    names.add(tool.name);
    length += JSON.stringify(tool).length;
  }
  if (length > MAX_LENGTH) throw invalid("tools", "too_big", `at most ${MAX_LENGTH} characters`, `${length}`);
}

function listOf(tools: readonly ClientTool[]): string {
  const sorted = tools.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.length === 0 ? "" : createHash("sha256").update(canonicalJson(sorted)).digest("base64url");
}
