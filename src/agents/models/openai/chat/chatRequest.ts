import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from "openai/resources/chat/completions";
import type { AssistantPart, CallResult, ConversationItem, StepRequest } from "../../../../core/models/step.ts";
import type { PromptBlock } from "../../../../core/models/promptBlock.ts";
import type { Json } from "../../../../protocol/values.ts";
import { instructionsFor } from "../../answers/instructionsFor.ts";
import { callInputText } from "../../answers/callInput.ts";
import { answerFormatOf, type AnswerFormat } from "../answerFormat.ts";
import { opaqueChatOf } from "./chatOpaque.ts";
import type { AdaptedRequest } from "../serverTraits.ts";

/** Vendors have names of their own for efforts. */
type ChatBody = Omit<ChatCompletionCreateParamsStreaming, "reasoning_effort"> & { readonly reasoning_effort?: string };

/** Returns the body of a step for `/chat/completions`, without what the server does not have. */
export function chatBody(request: StepRequest, adapted: AdaptedRequest): ChatBody {
  const { missing, used } = adapted;
  const format = answerFormatOf(request.answerSchema, adapted);
  const hasStreamUsage = !missing.has("streamUsage");
  if (hasStreamUsage) used.add("streamUsage");
  return {
    model: request.model,
    messages: [...systemMessage(request, format), ...messagesOf(request)],
    stream: true,
    ...(hasStreamUsage && { stream_options: { include_usage: true } }),
    ...outputLimit(request, adapted),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.stop !== undefined && request.stop.length > 0 && { stop: [...request.stop] }),
    ...(request.reasoningEffort !== undefined && { reasoning_effort: request.reasoningEffort }),
    ...responseFormat(format),
    ...toolFields(request, adapted),
  };
}

function systemMessage(request: StepRequest, format: AnswerFormat): readonly ChatCompletionMessageParam[] {
  const content = instructionsFor(request.system, request.answerSchema, format);
  return content === "" ? [] : [{ role: "system", content }];
}

/** The limit has two names, of which a server may know only one. */
function outputLimit({ maxOutputTokens }: StepRequest, { missing, used, limitNames }: AdaptedRequest) {
  const name = limitNames.find((each) => !missing.has(each));
  if (maxOutputTokens === undefined || name === undefined) return {};
  used.add(name);
  return name === "maxTokens" ? { max_tokens: maxOutputTokens } : { max_completion_tokens: maxOutputTokens };
}

function responseFormat(format: AnswerFormat): Pick<ChatCompletionCreateParamsStreaming, "response_format"> {
  if (format.kind === "text") return {};
  if (format.kind === "json_object") return { response_format: { type: "json_object" } };
  const { schema, isStrict } = format;
  return {
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", schema, ...(isStrict && { strict: true }) },
    },
  };
}

function toolFields(request: StepRequest, { missing, used }: AdaptedRequest) {
  const { tools, toolChoice = "auto", parallelCalls } = request;
  if (tools.length === 0) return {};
  const hasParallel = parallelCalls !== undefined && !missing.has("parallelCalls");
  if (hasParallel) used.add("parallelCalls");
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: "function" as const,
      function: { name, description, parameters },
    })),
    ...(toolChoice !== "auto" && { tool_choice: toolChoiceOf(toolChoice) }),
    ...(hasParallel && { parallel_tool_calls: parallelCalls }),
  };
}

function toolChoiceOf(choice: Exclude<NonNullable<StepRequest["toolChoice"]>, "auto">) {
  return typeof choice === "string" ? choice : { type: "function" as const, function: { name: choice.tool } };
}

function messagesOf({ items, model }: StepRequest): readonly ChatCompletionMessageParam[] {
  const lastUser = items.findLastIndex(({ role }) => role === "user");
  return items.flatMap((item, index) => messagesOfItem(item, model, index > lastUser));
}

function messagesOfItem(
  item: ConversationItem,
  model: string,
  isOfThisTurn: boolean,
): readonly ChatCompletionMessageParam[] {
  switch (item.role) {
    case "user":
      return [{ role: "user", content: contentOf(item.content) }];
    case "assistant":
      return [assistantMessage(item.parts, model, isOfThisTurn)];
    default:
      return resultMessages(item.results);
  }
}

function contentOf(blocks: readonly PromptBlock[]): string | ChatCompletionContentPart[] {
  const [first] = blocks;
  // A text is what every server takes.
  if (first?.type === "text" && blocks.length === 1) return first.text;
  return blocks.map((block) =>
    block.type === "text"
      ? { type: "text", text: block.text }
      : { type: "image_url", image_url: { url: `data:${block.mimeType};base64,${block.data}` } },
  );
}

type ChatCall = ChatCompletionMessageToolCall & { readonly extra_content?: Json };

function assistantMessage(
  parts: readonly AssistantPart[],
  model: string,
  isOfThisTurn: boolean,
): ChatCompletionAssistantMessageParam {
  const opaque = opaqueChatOf(parts, model);
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
  const calls = parts.flatMap((part): ChatCall[] => {
    if (part.type !== "call") return [];
    const { id, name } = part;
    const args = callInputText(part.arguments);
    const extra = opaque.callExtras?.[id];
    return [
      {
        id,
        type: "function",
        function: { name, arguments: args },
        ...(extra !== undefined && { extra_content: extra }),
      },
    ];
  });
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(calls.length > 0 && { tool_calls: calls }),
    // DeepSeek wants the reasoning of the turn that goes on, and rejects that of earlier ones.
    ...(isOfThisTurn && opaque.reasoning),
    ...opaque.details,
  };
}

/** A result is text. Images of results follow as a message of their own. */
function resultMessages(results: readonly CallResult[]): readonly ChatCompletionMessageParam[] {
  const images = results.flatMap(({ name, content }) => {
    const found = content.filter(({ type }) => type === "image");
    return found.length === 0 ? [] : [{ type: "text" as const, text: `Images of the result of ${name}:` }, ...found];
  });
  return [
    ...results.map(({ callId, content }) => ({
      role: "tool" as const,
      tool_call_id: callId,
      content: content.map((block) => (block.type === "text" ? block.text : "[image]")).join("\n"),
    })),
    ...(images.length === 0 ? [] : [{ role: "user" as const, content: contentOf(images) }]),
  ];
}
