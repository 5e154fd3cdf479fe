import type { CallToolResult, InputRequiredResult, ResourceLink, Tool } from "@modelcontextprotocol/server";
import type { IncomingMessage } from "node:http";
import { AskFirst, type ToolProgress } from "../../../tools/table/toolCall.ts";
import type { ToolDefinition, ToolHints, ToolOutcome } from "../../../tools/table/toolDefinition.ts";
import { placeInHeaders } from "../../door/placedBody.ts";
import { executionUri } from "../resources/uris.ts";
import type { McpCall } from "./mcpCall.ts";
import type { Questions } from "./questions.ts";

/** Returns a tool as a server lists it. */
export function listingOf({ name, title, description, hints, input, output }: ToolDefinition): Tool {
  const annotations = { title, ...annotationsOf(hints) };
  return { name, title, description, annotations, inputSchema: input, outputSchema: output };
}

/** Calls a tool of the bridge for an MCP client. @throws BridgeError */
export async function callTool(
  tool: ToolDefinition,
  args: unknown,
  call: McpCall & { readonly request: IncomingMessage; readonly progress: ToolProgress },
  questions: Questions,
): Promise<CallToolResult | InputRequiredResult> {
  const { request, caller, windows, progress, signal } = call;
  const outcome = await tool.call(args, {
    caller,
    windows,
    defaultPlace: () => placeInHeaders(request) ?? {},
    progress,
    asking: questions.askingFor(call),
    addressOf: executionUri,
    signal,
  });
  return outcome instanceof AskFirst ? outcome.question : resultOf(outcome);
}

function annotationsOf({ isReadOnly, isDestructive, isIdempotent, isOpenWorld }: ToolHints): Tool["annotations"] {
  return {
    readOnlyHint: isReadOnly,
    ...(isDestructive !== undefined && { destructiveHint: isDestructive }),
    ...(isIdempotent !== undefined && { idempotentHint: isIdempotent }),
    openWorldHint: isOpenWorld,
  };
}

function resultOf({ structured, text, cut, isError = false }: ToolOutcome<object>): CallToolResult {
  return {
    content: [{ type: "text", text: text ?? JSON.stringify(structured) }, ...(cut === undefined ? [] : [linkTo(cut)])],
    structuredContent: { ...structured },
    ...(isError && { isError }),
  };
}

function linkTo({ executionId, command }: NonNullable<ToolOutcome<object>["cut"]>): ResourceLink {
  return {
    type: "resource_link",
    uri: executionUri(executionId),
    name: executionId,
    title: `Execution of ${command.slice(0, 200)}`,
    mimeType: "application/json",
  };
}
