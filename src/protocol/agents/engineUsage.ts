import * as z from "zod";

const usage = {
  engine: z.string(),
  steps: z.int(),
  inputTokens: z.int().describe("With those that were read from a cache."),
  cachedInputTokens: z.int(),
  outputTokens: z.int().describe("With those of the reasoning."),
  cost: z.number().optional().describe("By the prices in the settings."),
  currency: z.string().optional(),
};

/** The use of engines since midnight, in all windows of this machine. The largest first. */
export const engineUsageSchema = z.object({
  /** The local date. */
  day: z.iso.date(),
  resetsAt: z.iso.datetime(),
  engines: z.array(
    z.object({
      ...usage,
      maxDailyTokens: z.int().optional(),
      maxDailyCost: z.number().optional(),
      maxDailyTokensPerClient: z.int().optional(),
    }),
  ),
  principals: z.array(z.object({ ...usage, principalId: z.string() })),
  /** IDs of sessions are those of one window, and may be repeated in another one. */
  sessions: z.array(z.object({ ...usage, sessionId: z.string(), windowId: z.string() })),
});

export type EngineUsage = z.infer<typeof engineUsageSchema>;
