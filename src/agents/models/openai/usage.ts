import * as z from "zod";
import type { StepUsage } from "../../../core/models/step.ts";

const count = z.int().min(0);
const optional = count.nullish().catch(undefined);
const chatSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: optional,
  prompt_tokens_details: z.object({ cached_tokens: optional, cache_write_tokens: optional }).nullish().catch(undefined),
  completion_tokens_details: z.object({ reasoning_tokens: optional }).nullish().catch(undefined),
});
const responsesSchema = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ cached_tokens: optional, cache_write_tokens: optional }).nullish().catch(undefined),
  output_tokens_details: z.object({ reasoning_tokens: optional }).nullish().catch(undefined),
});
const embeddingSchema = z.object({ prompt_tokens: count });

/** Reads the `usage` of a chat completion; undefined if it is none. */
export function chatUsageOf(usage: unknown): StepUsage | undefined {
  const read = readWith(chatSchema, usage);
  if (read === undefined) return undefined;
  const { prompt_tokens: input, completion_tokens: completion, total_tokens: total } = read;
  const reasoning = read.completion_tokens_details?.reasoning_tokens ?? undefined;
  // Google and xAI count the reasoning apart from the answer.
  const isApart = reasoning !== undefined && total === input + completion + reasoning;
  return usageWith(input, completion + (isApart ? reasoning : 0), read.prompt_tokens_details, reasoning);
}

/** Reads the `usage` of a response; undefined if it is none. */
export function responsesUsageOf(usage: unknown): StepUsage | undefined {
  const read = readWith(responsesSchema, usage);
  if (read === undefined) return undefined;
  const reasoning = read.output_tokens_details?.reasoning_tokens ?? undefined;
  return usageWith(read.input_tokens, read.output_tokens, read.input_tokens_details, reasoning);
}

/** Reads the `usage` of embeddings, which have no answer in tokens; undefined if it is none. */
export function embeddingUsageOf(usage: unknown): StepUsage | undefined {
  const read = readWith(embeddingSchema, usage);
  return read && { inputTokens: read.prompt_tokens, outputTokens: 0 };
}

/** Most chunks of a stream have no usage, or `null`. */
function readWith<T>(schema: z.ZodType<T>, usage: unknown): T | undefined {
  return usage === undefined || usage === null ? undefined : schema.safeParse(usage).data;
}

interface InputDetails {
  readonly cached_tokens?: number | null | undefined;
  readonly cache_write_tokens?: number | null | undefined;
}

function usageWith(
  inputTokens: number,
  outputTokens: number,
  details: InputDetails | null | undefined,
  reasoningTokens: number | undefined,
): StepUsage {
  const cachedInputTokens = details?.cached_tokens ?? undefined;
  const cacheWriteTokens = details?.cache_write_tokens ?? undefined;
  return {
    inputTokens,
    outputTokens,
    ...(cachedInputTokens !== undefined && { cachedInputTokens }),
    ...(cacheWriteTokens !== undefined && { cacheWriteTokens }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  };
}
