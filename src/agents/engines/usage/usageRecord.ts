import * as z from "zod";
import type { UsageEntry } from "../ports.ts";

const usageRecordSchema = z.object({
  engine: z.string(),
  principal: z.string(),
  session: z.string().optional(),
  /** Of the session. */
  window: z.string().optional(),
  steps: z.int().min(0),
  input: z.int().min(0),
  cached: z.int().min(0),
  output: z.int().min(0),
  cost: z.number().min(0).optional(),
  currency: z.string().optional(),
});

/** One or several steps, as a line of a file. Says nothing of their contents. */
export type UsageRecord = z.infer<typeof usageRecordSchema>;

/** @returns undefined if it is not a record */
export function parseUsageRecord(record: unknown): UsageRecord | undefined {
  return usageRecordSchema.safeParse(record).data;
}

export function usageRecordOf(entry: UsageEntry, window: string, currency: string | undefined): UsageRecord {
  const { engineId, principalId, sessionId, usage, cost } = entry;
  return {
    engine: engineId,
    principal: principalId,
    ...(sessionId !== undefined && { session: sessionId, window }),
    steps: 1,
    input: usage.inputTokens,
    cached: usage.cachedInputTokens ?? 0,
    output: usage.outputTokens,
    ...(cost !== undefined && { cost, currency: currency ?? "" }),
  };
}
