import type * as vscode from "vscode";
import type { AssistantPart, CallPart, CallResult, ConversationItem, StepRequest } from "../../core/models/step.ts";
import type { PromptBlock } from "../../core/models/promptBlock.ts";
import type { MessageClasses, ModelsApi } from "./editorApi.ts";

/** Returns a conversation as the models of the editor take it. They have no role for instructions, which come first. */
export function editorMessages(
  { system, items }: Pick<StepRequest, "system" | "items">,
  api: MessageClasses,
): vscode.LanguageModelChatMessage[] {
  const instructions = system === "" ? [] : [api.LanguageModelChatMessage.User(system)];
  return [...instructions, ...items.flatMap((item) => messageOf(item, api))];
}

function messageOf(item: ConversationItem, api: MessageClasses): vscode.LanguageModelChatMessage[] {
  switch (item.role) {
    case "user":
      return [api.LanguageModelChatMessage.User(item.content.map((block) => partOf(block, api)))];
    case "results":
      return [api.LanguageModelChatMessage.User(item.results.map((result) => resultOf(result, api)))];
    case "assistant": {
      const parts = item.parts.flatMap((part) => assistantPart(part, api));
      return parts.length === 0 ? [] : [api.LanguageModelChatMessage.Assistant(parts)];
    }
  }
}

function partOf(block: PromptBlock, api: MessageClasses): vscode.LanguageModelTextPart | vscode.LanguageModelDataPart {
  if (block.type === "text") return new api.LanguageModelTextPart(block.text);
  return api.LanguageModelDataPart.image(Buffer.from(block.data, "base64"), block.mimeType);
}

function resultOf({ callId, content, isError }: CallResult, api: MessageClasses): vscode.LanguageModelToolResultPart {
  // Results have no field for it.
  const failed = isError ? [new api.LanguageModelTextPart("The call has failed.")] : [];
  return new api.LanguageModelToolResultPart(callId, [...failed, ...content.map((block) => partOf(block, api))]);
}

function assistantPart(
  part: AssistantPart,
  api: MessageClasses,
): (vscode.LanguageModelTextPart | vscode.LanguageModelToolCallPart)[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [new api.LanguageModelTextPart(part.text)];
    case "call":
      return [new api.LanguageModelToolCallPart(part.id, part.name, inputOf(part))];
    case "opaque":
      return [];
  }
}

/** Returns the arguments of a call, which the editor takes as an object only. */
function inputOf({ arguments: text }: CallPart): object {
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input;
  } catch {
    // The model has written no JSON, and its result says so.
  }
  return { arguments: text };
}

/** Returns the options of a request. Parameters go by the names of OpenAI, as far as a model of the editor takes any. */
export function editorOptions(
  request: Omit<StepRequest, "items" | "system" | "model">,
  { LanguageModelChatToolMode: mode }: Pick<ModelsApi, "LanguageModelChatToolMode">,
): vscode.LanguageModelChatRequestOptions {
  const { toolChoice = "auto", temperature, topP, maxOutputTokens, stop } = request;
  const wanted = typeof toolChoice === "object" ? toolChoice.tool : undefined;
  const offered = toolChoice === "none" ? [] : request.tools;
  const tools = wanted === undefined ? offered : offered.filter(({ name }) => name === wanted);
  const isRequired = toolChoice === "required" || wanted !== undefined;
  const parameters = {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxOutputTokens !== undefined && { max_tokens: maxOutputTokens }),
    ...(stop !== undefined && stop.length > 0 && { stop }),
  };
  return {
    justification: "Kiro Bridge sends it what you and your programs ask of it.",
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters: inputSchema }) => ({ name, description, inputSchema })),
      toolMode: isRequired ? mode.Required : mode.Auto,
    }),
    ...(Object.keys(parameters).length > 0 && { modelOptions: parameters }),
  };
}
