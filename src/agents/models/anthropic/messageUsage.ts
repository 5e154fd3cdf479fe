import * as z from "zod";
import type { StepUsage } from "../../../core/models/step.ts";

const count = z.int().min(0).nullish().catch(undefined);
const usageSchema = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  output_tokens_details: z.object({ thinking_tokens: count }).nullish().catch(undefined),
});

type Counts = z.infer<typeof usageSchema>;

/** Counts what a message has used: the first event has the input, the last ones all of it so far. */
export class MessageUsage {
  #counts: Counts = {};

  /** Adds the `usage` of an event, whose counts replace earlier ones. */
  add(usage: unknown): void {
    if (usage === undefined || usage === null) return;
    const read = usageSchema.safeParse(usage).data;
    if (read === undefined) return;
    const told = Object.entries(read).filter(([, value]) => value !== undefined && value !== null);
    this.#counts = { ...this.#counts, ...Object.fromEntries(told) };
  }

  /** Undefined if the vendor has not counted. */
  get usage(): StepUsage | undefined {
    const { input_tokens: input, output_tokens: output } = this.#counts;
    if (typeof input !== "number" || typeof output !== "number") return undefined;
    const cached = this.#counts.cache_read_input_tokens ?? undefined;
    const written = this.#counts.cache_creation_input_tokens ?? undefined;
    const thinking = this.#counts.output_tokens_details?.thinking_tokens ?? undefined;
    return {
      // The vendor counts the input that it reads from the cache, or writes to it, apart.
      inputTokens: input + (cached ?? 0) + (written ?? 0),
      outputTokens: output,
      ...(cached !== undefined && { cachedInputTokens: cached }),
      ...(written !== undefined && { cacheWriteTokens: written }),
      ...(thinking !== undefined && { reasoningTokens: thinking }),
    };
  }
}
