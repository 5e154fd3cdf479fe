import { ownUsage } from "../turns/ownUsage.ts";
import type { StopReason, TurnResponse, Usage } from "../turns/turn.ts";

type ContentBlock =
  | { readonly type: "text"; readonly text: string; readonly citations: null }
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | {
      readonly type: "tool_use";
      readonly id: string;
      readonly name: string;
      readonly input: unknown;
      readonly caller: { readonly type: "direct" };
    };

type BlockDelta =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "thinking_delta"; readonly thinking: string }
  | { readonly type: "signature_delta"; readonly signature: string }
  | { readonly type: "input_json_delta"; readonly partial_json: string };

/** An event about a block of the content. */
export type BlockEvent =
  | { readonly type: "content_block_start"; readonly index: number; readonly content_block: ContentBlock }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: BlockDelta }
  | { readonly type: "content_block_stop"; readonly index: number };

/** The reason for the end of a message; all `null` before. */
export interface MessageEnd {
  readonly stop_reason: "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "refusal" | null;
  readonly stop_sequence: string | null;
  readonly stop_details: { readonly type: "refusal"; readonly category: null; readonly explanation: null } | null;
}

const stopReasons = {
  end: "end_turn",
  length: "max_tokens",
  "stop-sequence": "stop_sequence",
  "tool-use": "tool_use",
  refusal: "refusal",
} as const satisfies Record<StopReason, MessageEnd["stop_reason"]>;

export const notEnded: MessageEnd = { stop_reason: null, stop_sequence: null, stop_details: null };

export function messageEnd(reason: StopReason, stopSequence: string | undefined): MessageEnd {
  return {
    stop_reason: stopReasons[reason],
    stop_sequence: stopSequence ?? null,
    stop_details: reason === "refusal" ? { type: "refusal", category: null, explanation: null } : null,
  };
}

/** Returns the counts of tokens, which say if they are estimated: agents report none. The parts of the input add up. */
export function usageBody(usage: Usage): object {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    output_tokens: outputTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    ...ownUsage(usage),
  };
}

export function messageBody(
  { id }: TurnResponse,
  model: string,
  content: readonly ContentBlock[],
  end: MessageEnd,
  usage: Usage,
): object {
  return {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model,
    content,
    container: null,
    ...end,
    usage: usageBody(usage),
  };
}

/** Returns the blocks that events describe. */
export function blocksOf(events: readonly BlockEvent[]): readonly ContentBlock[] {
  const blocks: ContentBlock[] = [];
  for (const event of events) {
    if (event.type === "content_block_start") blocks.push(event.content_block);
    if (event.type !== "content_block_delta") continue;
    const last = blocks.pop();
    if (last !== undefined) blocks.push(extended(last, event.delta));
  }
  return blocks;
}

function extended(block: ContentBlock, delta: BlockDelta): ContentBlock {
  if (block.type === "text" && delta.type === "text_delta") return { ...block, text: block.text + delta.text };
  if (block.type === "tool_use" && delta.type === "input_json_delta") {
    const input: unknown = JSON.parse(delta.partial_json);
    return { ...block, input };
  }
  if (block.type !== "thinking") return block;
  if (delta.type === "thinking_delta") return { ...block, thinking: block.thinking + delta.thinking };
  return delta.type === "signature_delta" ? { ...block, signature: delta.signature } : block;
}
