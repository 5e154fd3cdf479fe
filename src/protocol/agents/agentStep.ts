import * as z from "zod";

export const agentStepSchema = z.object({
  step: z.int().describe("Its place in the turn."),
  status: z
    .enum(["completed", "retrying"])
    .describe("`retrying`: the request has failed before the model said anything, and is sent again."),
  model: z.string().describe("As its vendor names it."),
  finishReason: z.string().optional().describe("Why the model has stopped."),
  inputTokens: z.int().optional().describe("With those that were read from a cache."),
  cachedInputTokens: z.int().optional(),
  outputTokens: z.int().optional().describe("With those of the reasoning."),
  reasoningTokens: z.int().optional(),
  isEstimated: z.boolean().optional().describe("Its tokens are estimated by the bridge."),
  cost: z.number().optional().describe("By the prices in the settings."),
  currency: z.string().optional(),
  reason: z.string().optional().describe("What has failed, if the request is sent again."),
  delayMs: z.int().optional().describe("The pause before it is sent again."),
});

/** One request of a turn to its model. */
export type AgentStep = z.infer<typeof agentStepSchema>;

export const compactionSchema = z.object({
  droppedItems: z.int().describe("The number of messages that the summary replaces."),
  tokensBefore: z.int().describe("Estimated."),
  tokensAfter: z.int().describe("Estimated."),
});

/** The replacement of the older messages of a conversation by a summary. */
export type Compaction = z.infer<typeof compactionSchema>;
