import * as z from "zod";

/** `credits` is of Kiro; tokens, steps and costs are of agents that are models. */
export const turnUsageSchema = z
  .object({
    credits: z.number().exactOptional(),
    contextPercent: z.number().exactOptional().describe("The part of the agent's context that the conversation fills."),
    inputTokens: z.int().exactOptional().describe("With those that were read from a cache."),
    cachedInputTokens: z.int().exactOptional(),
    outputTokens: z.int().exactOptional().describe("With those of the reasoning."),
    steps: z.int().exactOptional().describe("The requests to the model."),
    cost: z.number().exactOptional().describe("By the prices in the settings."),
    currency: z.string().exactOptional(),
  })
  .meta({ id: "TurnUsage" });

/** Amounts that a turn has used, as far as its agent says them. */
export type TurnUsage = Readonly<z.infer<typeof turnUsageSchema>>;
