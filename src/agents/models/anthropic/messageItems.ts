import type {
  ContentBlockParam,
  ImageBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
} from "@anthropic-ai/sdk/resources/messages/messages";
import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type { AssistantPart, CallResult, ConversationItem, StepRequest } from "../../../core/models/step.ts";
import { callInput } from "../answers/callInput.ts";
import { CallIds } from "./callIds.ts";

/** A message with a list of blocks. */
export interface OwnMessage {
  readonly role: "user" | "assistant";
  readonly content: ContentBlockParam[];
}

/** The kinds of images that the API takes. */
const imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"] as const;

/** Returns a conversation as messages. Neighbours of the same role are one message, as the API wants its results. */
export function messagesOf({ items, model }: Pick<StepRequest, "items" | "model">): OwnMessage[] {
  const ids = new CallIds();
  const messages: OwnMessage[] = [];
  for (const item of items) {
    const role = item.role === "assistant" ? "assistant" : "user";
    const content = contentOf(item, model, ids);
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else if (content.length > 0) messages.push({ role, content });
  }
  return messages;
}

function contentOf(item: ConversationItem, model: string, ids: CallIds): ContentBlockParam[] {
  switch (item.role) {
    case "user":
      return blocksOf(item.content, "(no text)");
    case "results":
      return item.results.map((result) => resultOf(result, ids));
    default:
      return item.parts.flatMap((part) => partOf(part, model, ids));
  }
}

function partOf(part: AssistantPart, model: string, ids: CallIds): ContentBlockParam[] {
  switch (part.type) {
    case "text":
      return part.text.trim() === "" ? [] : [{ type: "text", text: part.text }];
    case "call":
      return [{ type: "tool_use", id: ids.of(part.id), name: part.name, input: callInput(part.arguments) }];
    default:
      return part.wire === "anthropic" && part.model === model && isBlock(part.data) ? [part.data] : [];
  }
}

/** Blocks that must be sent back are those that the vendor has sent itself, so that their fields are its own matter. */
function isBlock(data: unknown): data is ContentBlockParam {
  return typeof data === "object" && data !== null && "type" in data && typeof data.type === "string";
}

function resultOf({ callId, content, isError }: CallResult, ids: CallIds): ToolResultBlockParam {
  const blocks = blocksOf(content, undefined);
  return {
    type: "tool_result",
    tool_use_id: ids.of(callId),
    ...(blocks.length > 0 && { content: blocks }),
    ...(isError && { is_error: true }),
  };
}

/** The API rejects texts without a character that can be seen. */
function blocksOf(content: readonly PromptBlock[], ifEmpty: string | undefined): (TextBlockParam | ImageBlockParam)[] {
  const blocks = content.flatMap((block) => {
    if (block.type === "image") return [imageOf(block)];
    return block.text.trim() === "" ? [] : [{ type: "text" as const, text: block.text }];
  });
  if (blocks.length > 0 || ifEmpty === undefined) return blocks;
  return [{ type: "text", text: ifEmpty }];
}

function imageOf({ mimeType, data }: Extract<PromptBlock, { type: "image" }>): TextBlockParam | ImageBlockParam {
  const known = imageTypes.find((type) => type === mimeType);
  if (known === undefined) return { type: "text", text: `(an image of the type ${mimeType}, which cannot be shown)` };
  return { type: "image", source: { type: "base64", media_type: known, data } };
}
