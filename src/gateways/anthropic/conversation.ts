import type { PromptBlock } from "../../core/models/promptBlock.ts";
import type { BridgeError } from "../../protocol/errors.ts";
import { invalid } from "../../protocol/validate.ts";
import type { Message, ToolUse } from "../turns/turn.ts";
import type { AssistantBlock, DocumentBlock, PromptBody, TextBlocks, UserBlock } from "./messagesSchema.ts";

type ToolResult = Extract<UserBlock, { type: "tool_result" }>;
type ResultBlock = NonNullable<ToolResult["content"]>[number];

/** Returns the conversation of a request, its system prompt first. */
export function conversationOf({ system, messages }: Pick<PromptBody, "system" | "messages">): readonly Message[] {
  return [...systemMessage(system), ...messages.flatMap(messagesOf)];
}

/** @throws BridgeError VALIDATION_FAILED if there is nothing to answer */
export function assertQuestion(conversation: readonly Message[]): void {
  const last = conversation.findLast(({ role }) => role !== "system");
  if (last === undefined) throw noQuestion("there is nothing to answer. Add a message of the user.");
  if (last.role === "assistant") {
    throw noQuestion("agents do not continue an answer that has begun. End with a message of the user.");
  }
}

function noQuestion(detail: string): BridgeError {
  return invalid("messages", "order", "a message of the user at the end", "none", detail);
}

function messagesOf(message: PromptBody["messages"][number]): readonly Message[] {
  switch (message.role) {
    case "system":
      return systemMessage(message.content);
    case "user":
      return userMessages(message.content);
    case "assistant":
      return [assistantMessage(message.content)];
  }
}

function systemMessage(content: TextBlocks | null | undefined): readonly Message[] {
  const text = (content ?? [])
    .flatMap((block) => (block.type === "text" && block.text !== "" ? [block.text] : []))
    .join("\n\n");
  return text === "" ? [] : [{ role: "system", text }];
}

/** Splits a message into the results of tools and what the user says, in their order. */
function userMessages(content: readonly UserBlock[]): readonly Message[] {
  const messages: Message[] = [];
  let said: PromptBlock[] = [];
  const endSaid = (): void => {
    if (said.length > 0) messages.push({ role: "user", content: said });
    said = [];
  };
  for (const block of content) {
    if (block.type === "tool_result") {
      endSaid();
      messages.push(toolMessage(block));
    } else {
      said.push(...promptBlocks(block));
    }
  }
  endSaid();
  return messages;
}

function toolMessage({ tool_use_id, content, is_error }: ToolResult): Message {
  return {
    role: "tool",
    callId: tool_use_id,
    content: (content ?? []).flatMap(promptBlocks),
    isError: is_error ?? false,
  };
}

/** Leaves out empty texts, which say nothing. */
function promptBlocks(block: Exclude<UserBlock, ToolResult> | ResultBlock): readonly PromptBlock[] {
  switch (block.type) {
    case "text":
      return textBlocks(block.text);
    case "image":
      return [{ type: "image", mimeType: block.source.media_type, data: block.source.data }];
    case "document":
      return documentBlocks(block);
    case "tool_reference":
      return textBlocks(`The tool "${block.tool_name}" can be called.`);
    case "compaction":
      return textBlocks(block.content ?? "");
    case "(other)":
      return [];
  }
}

function textBlocks(text: string): readonly PromptBlock[] {
  return text === "" ? [] : [{ type: "text", text }];
}

function documentBlocks({ title, context, source }: DocumentBlock): readonly PromptBlock[] {
  const heading = [title, context].filter((line) => typeof line === "string" && line !== "").join("\n");
  const content = source.type === "text" ? textBlocks(source.data) : source.content.flatMap(promptBlocks);
  return [...textBlocks(heading), ...content];
}

function assistantMessage(content: readonly AssistantBlock[]): Message {
  const texts: string[] = [];
  const calls: ToolUse[] = [];
  const keys: string[] = [];
  for (const block of content) {
    if (block.type === "text") texts.push(block.text);
    else if (block.type === "compaction") texts.push(block.content ?? "");
    else if (block.type === "thinking") keys.push(block.signature ?? "");
    else if (block.type === "redacted_thinking") keys.push(block.data);
    else if (block.type === "tool_use") {
      calls.push({ id: block.id, name: block.name, arguments: JSON.stringify(block.input) });
    }
  }
  return { role: "assistant", text: texts.join(""), calls, keys: keys.filter((key) => key !== "") };
}
