import type {
  AssistantPart,
  CallResult,
  ConversationItem,
  StepParameters,
  StepRequest,
} from "../../../core/models/step.ts";
import { invalid } from "../../../protocol/validate.ts";
import { ToolNames } from "../tools/toolNames.ts";
import type { Message, TurnRequest } from "../turn.ts";

type AssistantMessage = Extract<Message, { role: "assistant" }>;
type ToolMessage = Extract<Message, { role: "tool" }>;

/** The result that a model gets for a call which its client has left unanswered. */
const NO_RESULT = "The client has sent no result for this call.";

/** A conversation as a model gets it. */
export interface WrittenRequest {
  readonly request: StepRequest;
  /** The names of the client's tools, as the model knows them. */
  readonly names: ToolNames;
}

export interface StepWriting {
  /** The vendor's own ID. */
  readonly model: string;
  /** Finds the parts of an earlier step that must go back unchanged. See `OpaqueParts.find`. */
  readonly findParts: (sent: readonly AssistantPart[]) => readonly AssistantPart[] | undefined;
}

/**
 * Writes a request of a client for a model, in which results follow the calls that they are for, each call has one, and the
 * names of tools are such as all vendors take.
 * @throws BridgeError VALIDATION_FAILED
 */
export function stepRequestOf(turn: TurnRequest, { model, findParts }: StepWriting): WrittenRequest {
  const { messages, tools, toolChoice } = turn;
  const names = new ToolNames([...new Set([...tools.map(({ name }) => name), ...calledIn(messages)])]);
  const lent = (name: string): string => names.lent(name) ?? name;
  const system = messages.flatMap((message) => (message.role === "system" ? [message.text] : [])).join("\n\n");
  const items = itemsOf(messages, lent, findParts);
  if (!items.some(({ role }) => role !== "assistant")) {
    throw invalid("messages", "required", "a message with a text or an image", "none");
  }
  const request: StepRequest = {
    model,
    system,
    items,
    tools: tools.map((tool) => ({ ...tool, name: lent(tool.name) })),
    ...(tools.length > 0 && {
      toolChoice: typeof toolChoice === "object" ? { tool: lent(toolChoice.tool) } : toolChoice,
    }),
    ...parametersOf(turn),
  };
  return { request, names };
}

function parametersOf({ maxTokens, stop, answerSchema, parameters, takesOneCall, tools }: TurnRequest): StepParameters {
  const oneCall = takesOneCall === true && tools.length > 0;
  return {
    ...parameters,
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(stop.length > 0 && { stop }),
    ...(answerSchema !== undefined && { answerSchema }),
    ...(oneCall && { parallelCalls: false }),
  };
}

function calledIn(messages: readonly Message[]): readonly string[] {
  return messages.flatMap((message) => (message.role === "assistant" ? message.calls.map(({ name }) => name) : []));
}

function itemsOf(
  messages: readonly Message[],
  lent: (name: string) => string,
  findParts: StepWriting["findParts"],
): readonly ConversationItem[] {
  const items: ConversationItem[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === "user" && message.content.length > 0) items.push({ role: "user", content: message.content });
    if (message.role !== "assistant") continue;
    const sent = partsOf(message, lent);
    const parts = findParts(sent) ?? sent;
    if (parts.length > 0) items.push({ role: "assistant", parts });
    if (message.calls.length > 0) items.push({ role: "results", results: resultsOf(messages, index, lent) });
  }
  assertAnswered(messages);
  return items;
}

function partsOf({ text, calls }: AssistantMessage, lent: (name: string) => string): readonly AssistantPart[] {
  const spoken: readonly AssistantPart[] = text === "" ? [] : [{ type: "text", text }];
  return [...spoken, ...calls.map((call) => ({ type: "call" as const, ...call, name: lent(call.name) }))];
}

/** Returns the results of the calls of a message, which come before the next message of the assistant. */
function resultsOf(messages: readonly Message[], at: number, lent: (name: string) => string): readonly CallResult[] {
  const message = messages[at];
  if (message?.role !== "assistant") return [];
  const results = new Map(toolMessagesAfter(messages, at).map((result) => [result.callId, result]));
  return message.calls.map(({ id, name }) => {
    const { content, isError } = results.get(id) ?? { content: [{ type: "text", text: NO_RESULT }], isError: true };
    return { callId: id, name: lent(name), content, isError };
  });
}

function toolMessagesAfter(messages: readonly Message[], at: number): readonly ToolMessage[] {
  const next = messages.findIndex(({ role }, index) => index > at && role === "assistant");
  const between = messages.slice(at + 1, next < 0 ? messages.length : next);
  return between.filter((message) => message.role === "tool");
}

/** @throws BridgeError VALIDATION_FAILED for a result of a call that is not in the message before */
function assertAnswered(messages: readonly Message[]): void {
  let called = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === "assistant") called = new Set(message.calls.map(({ id }) => id));
    if (message.role !== "tool" || called.has(message.callId)) continue;
    const detail = "it is for no call of the message of the assistant before it.";
    throw invalid(`messages[${index}]`, "unknown", "the result of a call", "another result", detail);
  }
}
