import { randomUUID } from "node:crypto";
import type * as vscode from "vscode";
import type { Caller } from "../../../core/access/principal.ts";
import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { ClientTool, Message, ModelParameters, ToolUse, TurnRequest } from "../../../gateways/turns/turn.ts";
import type { PartClasses } from "../editorApi.ts";

type Part = vscode.LanguageModelChatRequestMessage["content"][number];
type Options = Pick<vscode.ProvideLanguageModelChatResponseOptions, "tools" | "toolMode" | "modelOptions">;

/** The values of `LanguageModelChatMessageRole`. The editor has another one for instructions, which is not in its types. */
const ASSISTANT = 2;
const SYSTEM = 3;

/** Parts that the editor's chat adds for models of a certain vendor. */
const hints: ReadonlySet<string> = new Set(["cache_control", "stateful_marker", "usage"]);

export interface EditorRequest {
  /** As programs name it. */
  readonly model: string;
  readonly messages: readonly vscode.LanguageModelChatRequestMessage[];
  readonly options: Options;
}

/** Returns a request of the editor for a model as one of the gateways' turns. */
export function turnOfEditor(
  { model, messages, options }: EditorRequest,
  caller: Caller,
  api: PartClasses,
  toolModes: { readonly Required: vscode.LanguageModelChatToolMode },
): TurnRequest {
  const { maxTokens, stop, ...parameters } = parametersOf(options.modelOptions ?? {});
  const tools = (options.tools ?? []).map(toolOf);
  return {
    caller,
    model,
    messages: messagesOf(messages, api),
    tools,
    toolChoice: options.toolMode === toolModes.Required && tools.length > 0 ? "required" : "auto",
    stop,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(Object.keys(parameters).length > 0 && { parameters }),
    // The editor repeats no request automatically: the user means an equal one.
    replayKey: randomUUID(),
  };
}

function toolOf({ name, description, inputSchema }: vscode.LanguageModelChatTool): ClientTool {
  return { name, description, parameters: { type: "object", ...inputSchema } };
}

/** Returns messages of the editor as those of the gateways. */
export function messagesOf(
  messages: readonly vscode.LanguageModelChatRequestMessage[],
  api: PartClasses,
): readonly Message[] {
  return messages.flatMap(({ role, content }): readonly Message[] => {
    const value: number = role;
    if (value === ASSISTANT) return [answerOf(content, api)];
    if (value === SYSTEM) return [{ role: "system", text: textOf(content, api) }];
    return userMessages(content, api);
  });
}

function answerOf(content: readonly Part[], api: PartClasses): Message {
  const calls = content.flatMap((part): readonly ToolUse[] => {
    if (!(part instanceof api.LanguageModelToolCallPart)) return [];
    return [{ id: part.callId, name: part.name, arguments: JSON.stringify(part.input) }];
  });
  return { role: "assistant", text: textOf(content, api), calls, keys: [] };
}

/** Returns the results and the prompt of a message, each as a message of its own, in their order. */
function userMessages(content: readonly Part[], api: PartClasses): readonly Message[] {
  const messages: Message[] = [];
  let blocks: PromptBlock[] = [];
  const flush = (): void => {
    if (blocks.length > 0) messages.push({ role: "user", content: blocks });
    blocks = [];
  };
  for (const part of content) {
    if (part instanceof api.LanguageModelToolResultPart) {
      flush();
      const result = part.content.flatMap((piece) => blocksOf(piece, api));
      messages.push({ role: "tool", callId: part.callId, content: result, isError: false });
    } else blocks.push(...blocksOf(part, api));
  }
  flush();
  return messages;
}

function textOf(content: readonly Part[], api: PartClasses): string {
  return content.map((part) => (part instanceof api.LanguageModelTextPart ? part.value : "")).join("");
}

function blocksOf(part: unknown, api: PartClasses): readonly PromptBlock[] {
  if (part instanceof api.LanguageModelTextPart) return [{ type: "text", text: part.value }];
  if (part instanceof api.LanguageModelDataPart) return blocksOfData(part);
  // A part of a library for prompts, of whose tree the text is all that counts.
  if (part instanceof api.LanguageModelPromptTsxPart) return [{ type: "text", text: JSON.stringify(part.value) }];
  return [];
}

function blocksOfData({ mimeType, data }: vscode.LanguageModelDataPart): readonly PromptBlock[] {
  if (hints.has(mimeType)) return [];
  const bytes = Buffer.from(data);
  if (mimeType.startsWith("image/")) return [{ type: "image", mimeType, data: bytes.toString("base64") }];
  return [{ type: "text", text: bytes.toString("utf8") }];
}

/** Returns the parameters that a caller has set by the names of OpenAI. */
function parametersOf(
  given: Readonly<Record<string, unknown>>,
): ModelParameters & { readonly maxTokens?: number; readonly stop: readonly string[] } {
  const { temperature, top_p: topP, max_tokens: maxTokens, stop } = given;
  const stops = Array.isArray(stop) ? stop : [stop];
  return {
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof topP === "number" && { topP }),
    ...(typeof maxTokens === "number" && { maxTokens }),
    stop: stops.filter((text) => typeof text === "string"),
  };
}
