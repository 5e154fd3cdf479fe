import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { Message, ToolUse } from "../../turns/turn.ts";
import { imageOf } from "../imageUrl.ts";
import type { AssistantMessage, ChatMessage } from "./chatRequest.ts";

type Parts = Exclude<Extract<ChatMessage, { role: "user" }>["content"], string>;

/** Finds the ID of a call of the older form, `function_call`, which has none on the wire. */
export interface FunctionCallIds {
  /** @param before the conversation before the call */
  find(before: readonly Message[], call: FunctionCall): string | undefined;
}

export type FunctionCall = Pick<ToolUse, "name" | "arguments">;

/**
 * Returns the conversation of a request.
 * @throws BridgeError VALIDATION_FAILED for images that are not in the request
 */
export function conversationOf(messages: readonly ChatMessage[], ids: FunctionCallIds): readonly Message[] {
  const conversation: Message[] = [];
  /** The latest call of each function of the older form. */
  const called = new Map<string, string>();
  // Only the newest can be waited for, and to find one takes the conversation before it.
  const newest = messages.findLastIndex((message) => message.role === "assistant" && message.function_call);
  for (const [index, message] of messages.entries()) {
    if (message.role === "assistant") {
      const functionCalls = functionCallOf(message, conversation, index === newest ? ids : undefined);
      for (const { name, id } of functionCalls) called.set(name, id);
      conversation.push(assistantOf(message, functionCalls));
    } else {
      conversation.push(messageOf(message, index, called));
    }
  }
  return conversation;
}

function messageOf(
  message: Exclude<ChatMessage, AssistantMessage>,
  index: number,
  called: ReadonlyMap<string, string>,
): Message {
  switch (message.role) {
    case "system":
    case "developer":
      return { role: "system", text: textOf(message.content) };
    case "user":
      return { role: "user", content: blocksOf(message.content, `messages[${index}].content`) };
    case "tool": {
      const content = blocksOf(message.content, `messages[${index}].content`);
      return { role: "tool", callId: message.tool_call_id, content, isError: false };
    }
    case "function": {
      const { name, content } = message;
      const callId = called.get(name) ?? idWithoutCall(name);
      return { role: "tool", callId, content: blocksOf(content ?? "", ""), isError: false };
    }
  }
}

function functionCallOf(
  { function_call: call }: AssistantMessage,
  before: readonly Message[],
  ids: FunctionCallIds | undefined,
): readonly ToolUse[] {
  return call ? [{ id: ids?.find(before, call) ?? idWithoutCall(call.name), ...call }] : [];
}

/** Returns an ID that no session has given to a call. */
function idWithoutCall(name: string): string {
  return `function:${name}`;
}

function assistantOf(message: AssistantMessage, functionCalls: readonly ToolUse[]): Message {
  const calls = message.tool_calls?.map((call): ToolUse => {
    if (call.type === "function") return { id: call.id, ...call.function };
    return { id: call.id, name: call.custom.name, arguments: JSON.stringify({ input: call.custom.input }) };
  });
  const text = textOf(message.content ?? message.refusal ?? "");
  return { role: "assistant", text, calls: [...(calls ?? []), ...functionCalls], keys: [] };
}

type Spoken = string | NonNullable<Exclude<AssistantMessage["content"], string>>;

function textOf(content: Spoken): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : part.refusal)).join("");
}

function blocksOf(content: string | Parts, field: string): readonly PromptBlock[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return content.map((part, index) =>
    part.type === "text" ? part : imageOf(part.image_url.url, `${field}[${index}].image_url.url`),
  );
}
