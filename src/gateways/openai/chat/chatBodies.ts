import { ownUsage } from "../../turns/ownUsage.ts";
import type { StopReason, ToolUse, TurnResponse, Usage } from "../../turns/turn.ts";

/** The members that all chunks of a response and its whole body have in common. */
export interface ChatHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export function chatHead({ id, createdAt }: TurnResponse, model: string): ChatHead {
  return { id: `chatcmpl-${id}`, created: Math.floor(createdAt / 1000), model };
}

export type FinishReason = "stop" | "length" | "tool_calls" | "function_call" | "content_filter";

const finishReasons = {
  end: "stop",
  length: "length",
  "stop-sequence": "stop",
  "tool-use": "tool_calls",
  refusal: "content_filter",
} as const satisfies Record<StopReason, FinishReason>;

/** @param isOlderForm true for a caller that knows `function_call` alone */
export function finishReasonOf(reason: StopReason, isOlderForm: boolean): FinishReason {
  return reason === "tool-use" && isOlderForm ? "function_call" : finishReasons[reason];
}

/** Returns the counts of tokens, which say if they are estimated: agents report none. */
export function usageBody(usage: Usage): object {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cachedInputTokens !== undefined && { prompt_tokens_details: { cached_tokens: cachedInputTokens } }),
    ...(reasoningTokens !== undefined && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
    ...ownUsage(usage),
  };
}

export function toolCallOf({ id, name, arguments: args }: ToolUse): object {
  return { id, type: "function", function: { name, arguments: args } };
}

/** Returns a Server-Sent Event without a name: clients of this API know no other events. */
export function sentData(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
