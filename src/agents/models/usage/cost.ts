import type { StepUsage } from "../../../core/models/step.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";

const PRICED_TOKENS = 1_000_000;

/**
 * Returns the cost of a step in the currency of its engine; undefined without prices. Tokens of a cache that have no price of
 * their own cost as much as others.
 */
export function costOf(usage: StepUsage, prices: EngineSettings["prices"]): number | undefined {
  if (prices === undefined) return undefined;
  const { inputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, outputTokens } = usage;
  const { input = 0, cachedInput = input, cacheWrite = input, output = 0 } = prices;
  const plainTokens = Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens);
  const sum = plainTokens * input + cachedInputTokens * cachedInput + cacheWriteTokens * cacheWrite;
  return (sum + outputTokens * output) / PRICED_TOKENS;
}
