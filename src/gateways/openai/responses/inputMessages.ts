import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import { invalid } from "../../../protocol/validate.ts";
import type { Message } from "../../turns/turn.ts";
import { imageOf } from "../imageUrl.ts";
import type { OutputItem } from "./outputItems.ts";
import type { InputItem, InputPart } from "./responseRequest.ts";
import { flatNameOf } from "./responseTools.ts";

type AssistantMessage = Extract<Message, { readonly role: "assistant" }>;

/** Finds an item of a response that is kept for the same client. */
export type FindItem = (id: string) => OutputItem | undefined;

/**
 * Reads the items of a request as messages. Adjacent items of the assistant are parts of one message, as a turn of an agent
 * gave them.
 * @throws BridgeError VALIDATION_FAILED
 */
export function messagesOf(items: readonly InputItem[], findItem: FindItem): readonly Message[] {
  const messages: Message[] = [];
  for (const [index, item] of items.entries()) {
    const message = messageOf(item, `input[${index}]`, findItem);
    const last = messages.at(-1);
    if (message?.role === "assistant" && last?.role === "assistant") messages.splice(-1, 1, joined(last, message));
    else if (message !== undefined) messages.push(message);
  }
  return messages;
}

/** Returns the items of a response as the message that a later request sends again. */
export function answerOf(items: readonly OutputItem[], key: string): Message {
  const answers = messagesOf(items, () => undefined).filter((message) => message.role === "assistant");
  return { ...answers.reduce(joined, assistant({})), keys: [key] };
}

function joined(first: AssistantMessage, second: AssistantMessage): AssistantMessage {
  return {
    role: "assistant",
    text: first.text + second.text,
    calls: [...first.calls, ...second.calls],
    keys: [...first.keys, ...second.keys],
  };
}

/** Returns what an item says; undefined for nothing. */
function messageOf(item: InputItem, path: string, findItem: FindItem): Message | undefined {
  switch (item.type) {
    case "message":
      return spoken(item, `${path}.content`);
    case "function_call":
      return call({ id: item.call_id, name: flatNameOf(item), arguments: item.arguments });
    case "custom_tool_call":
      return call({ id: item.call_id, name: flatNameOf(item), arguments: JSON.stringify({ input: item.input }) });
    case "function_call_output":
    case "custom_tool_call_output":
      return { role: "tool", callId: item.call_id, content: blocksOf(item.output, `${path}.output`), isError: false };
    case "reasoning":
      return item.encrypted_content ? assistant({ keys: [item.encrypted_content] }) : undefined;
    case "item_reference":
      return messageOf(kept(item.id, path, findItem), path, findItem);
    case "(other)":
      return undefined;
  }
}

function kept(id: string, path: string, findItem: FindItem): OutputItem {
  const item = findItem(id);
  if (item !== undefined) return item;
  const detail =
    "there is no such item: items are kept for an hour, unless their request has 'store: false'. Send the item itself.";
  throw invalid(`${path}.id`, "unknown", "the ID of a kept item", "string", detail);
}

function spoken({ role, content }: Extract<InputItem, { readonly type: "message" }>, path: string): Message {
  switch (role) {
    case "user":
      return { role: "user", content: blocksOf(content, path) };
    case "assistant":
      return assistant({ text: textOf(content, path) });
    case "system":
    case "developer":
      return { role: "system", text: textOf(content, path) };
  }
}

function assistant(parts: Partial<AssistantMessage>): AssistantMessage {
  return { role: "assistant", text: "", calls: [], keys: [], ...parts };
}

function call(use: AssistantMessage["calls"][number]): AssistantMessage {
  return assistant({ calls: [use] });
}

function blocksOf(parts: readonly InputPart[], path: string): readonly PromptBlock[] {
  return parts.map((part, index): PromptBlock => {
    switch (part.type) {
      case "input_image":
        return imageOf(part.image_url, `${path}[${index}].image_url`);
      case "refusal":
        return { type: "text", text: part.refusal };
      default:
        return { type: "text", text: part.text };
    }
  });
}

function textOf(parts: readonly InputPart[], path: string): string {
  return blocksOf(parts, path)
    .map((block, index) => {
      if (block.type === "text") return block.text;
      throw invalid(`${path}[${index}].type`, "unsupported", "text", "image", "only users and tools can send images");
    })
    .join("");
}
