import type {
  CacheControlEphemeral,
  ContentBlockParam,
  MessageCreateParamsStreaming,
  OutputConfig,
  TextBlockParam,
  Tool,
  ToolChoice,
} from "@anthropic-ai/sdk/resources/messages/messages";
import type { StepRequest } from "../../../core/models/step.ts";
import { instructionsFor } from "../answers/instructionsFor.ts";
import { messagesOf, type OwnMessage } from "./messageItems.ts";
import type { AdaptedMessages } from "./messagesTraits.ts";

/** Vendors have names of their own for efforts. */
type MessagesBody = Omit<MessageCreateParamsStreaming, "output_config"> & {
  readonly output_config?: Omit<OutputConfig, "effort"> & { readonly effort?: string };
};

/** Length in characters from which a conversation is kept in the vendor's cache; it takes none of less than 1024 tokens. */
const CACHED_CHARACTERS = 4096;
/** Number of the last messages of the user, or results, that are kept in the cache: the last one, and the one before it. */
const CACHED_MESSAGES = 2;
const EPHEMERAL: CacheControlEphemeral = { type: "ephemeral" };

/** Returns the body of a step for `/v1/messages`, without what the server does not have. */
export function messagesBody(request: StepRequest, adapted: AdaptedMessages): MessagesBody {
  const { maxTokens, missing, used } = adapted;
  const messages = messagesOf(request);
  const isCached = !missing.has("cache") && isWorthCaching(request);
  if (isCached) used.add("cache");
  if (request.maxOutputTokens === undefined) used.add("maxTokens");
  return {
    model: request.model,
    max_tokens: request.maxOutputTokens ?? maxTokens,
    ...systemField(request, adapted, isCached),
    messages: isCached ? withCache(messages) : messages,
    stream: true,
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...stopField(request),
    ...outputField(request, adapted),
    ...toolFields(request, messages),
  };
}

function systemField(
  { system, answerSchema }: StepRequest,
  { missing }: AdaptedMessages,
  isCached: boolean,
): Pick<MessagesBody, "system"> {
  const kind = hasFormat(answerSchema, missing) ? "json_schema" : "text";
  const text = kind === "json_schema" ? system : instructionsFor(system, answerSchema, { kind: "text" });
  if (text.trim() === "") return {};
  const block: TextBlockParam = { type: "text", text };
  return { system: isCached ? [{ ...block, cache_control: EPHEMERAL }] : text };
}

function hasFormat(schema: StepRequest["answerSchema"], missing: AdaptedMessages["missing"]): boolean {
  return schema !== undefined && Object.keys(schema).length > 0 && !missing.has("format");
}

function stopField({ stop = [] }: StepRequest): Pick<MessagesBody, "stop_sequences"> {
  return stop.length === 0 ? {} : { stop_sequences: [...stop] };
}

function outputField(
  { answerSchema, reasoningEffort }: StepRequest,
  { missing, used }: AdaptedMessages,
): Pick<MessagesBody, "output_config" | "thinking"> {
  const isFormatted = answerSchema !== undefined && hasFormat(answerSchema, missing);
  const hasEffort = reasoningEffort !== undefined && !missing.has("effort");
  if (isFormatted) used.add("format");
  if (hasEffort) used.add("effort");
  if (!isFormatted && !hasEffort) return {};
  return {
    ...(hasEffort && { thinking: { type: "adaptive" as const } }),
    output_config: {
      ...(hasEffort && { effort: reasoningEffort }),
      ...(isFormatted && { format: { type: "json_schema", schema: { ...answerSchema } } }),
    },
  };
}

function toolFields(
  request: StepRequest,
  messages: readonly OwnMessage[],
): Pick<MessagesBody, "tools" | "tool_choice"> {
  const { tools, toolChoice = "auto", parallelCalls } = request;
  if (tools.length === 0) return pastTools(messages);
  const oneByOne = parallelCalls === false ? { disable_parallel_tool_use: true } : {};
  const list = tools.map(
    ({ name, description, parameters }): Tool => ({
      name,
      description,
      input_schema: { ...parameters, type: "object" },
    }),
  );
  if (toolChoice === "auto" && parallelCalls !== false) return { tools: list };
  return { tools: list, tool_choice: choiceOf(toolChoice, oneByOne) };
}

function choiceOf(
  choice: NonNullable<StepRequest["toolChoice"]>,
  oneByOne: { readonly disable_parallel_tool_use?: boolean },
): ToolChoice {
  if (choice === "none") return { type: "none" };
  if (choice === "required") return { type: "any", ...oneByOne };
  if (choice === "auto") return { type: "auto", ...oneByOne };
  return { type: "tool", name: choice.tool, ...oneByOne };
}

/** A conversation with calls needs their tools, also where the model may not call any more. */
function pastTools(messages: readonly OwnMessage[]): Pick<MessagesBody, "tools" | "tool_choice"> {
  const names = new Set(messages.flatMap(({ content }) => content.flatMap(nameOf)));
  if (names.size === 0) return {};
  const tools = [...names].map((name): Tool => ({ name, input_schema: { type: "object" } }));
  return { tools, tool_choice: { type: "none" } };
}

function nameOf(block: ContentBlockParam): string[] {
  return block.type === "tool_use" ? [block.name] : [];
}

/** A cache costs more when it is written, so it is for conversations that go on. */
function isWorthCaching({ system, items, tools }: StepRequest): boolean {
  if (tools.length === 0 && items.length < 2) return false;
  return system.length + JSON.stringify(tools).length + JSON.stringify(items).length >= CACHED_CHARACTERS;
}

/** Marks the ends of the last messages that are not the model's, up to which the next request is the same. */
function withCache(messages: readonly OwnMessage[]): OwnMessage[] {
  const marked = messages.flatMap(({ role }, index) => (role === "user" ? [index] : [])).slice(-CACHED_MESSAGES);
  return messages.map((message, index) => {
    const last = message.content.at(-1);
    if (!marked.includes(index) || last === undefined || !isCacheable(last)) return message;
    return { ...message, content: [...message.content.slice(0, -1), { ...last, cache_control: EPHEMERAL }] };
  });
}

function isCacheable(block: ContentBlockParam) {
  return block.type === "text" || block.type === "image" || block.type === "tool_result";
}
