import type { AgentStep, Compaction } from "./agentStep.ts";

/** Describes a request to a model on one line, for people. */
export function textOfStep({ step, status, model, reason, delayMs = 0, ...rest }: AgentStep): string {
  const head = `${step}: ${model}`;
  if (status === "retrying") return `${head}, again in ${delayMs / 1000} s: ${reason ?? "it has failed"}`;
  const { inputTokens = 0, outputTokens = 0, isEstimated, cost, currency } = rest;
  const tokens = `${isEstimated === true ? "about " : ""}${inputTokens} + ${outputTokens} tokens`;
  return [head, tokens, ...(cost === undefined ? [] : [`${cost.toFixed(4)} ${currency ?? ""}`.trim()])].join(", ");
}

/** Describes the replacement of messages by a summary, for people. */
export function textOfCompaction({ droppedItems, tokensBefore, tokensAfter }: Compaction): string {
  const how = droppedItems === 0 ? "shorter results of tools" : `a summary of ${droppedItems} messages`;
  return `${how}; about ${tokensBefore} tokens became ${tokensAfter}`;
}
