import * as z from "zod";

const text = z.string().optional();
const known = z.string().catch("");
const index = z.int().min(0);

/** A block as it begins, of any kind. */
const blockSchema = z.record(z.string(), z.json());
export type StartedBlock = z.infer<typeof blockSchema>;

/** The fields of blocks that matter while they arrive. */
export const blockFieldsSchema = z.object({
  type: z.string().catch(""),
  id: known,
  name: known,
  text: known,
  thinking: known,
  signature: known,
});

const deltaSchema = z.object({ type: z.string(), text, thinking: text, signature: text, partial_json: text });
export type ContentDelta = z.infer<typeof deltaSchema>;

/** The events that matter, by their type. */
export const eventSchemas = {
  message_start: z.object({ message: z.object({ model: z.string().optional(), usage: z.unknown().optional() }) }),
  content_block_start: z.object({ index, content_block: blockSchema }),
  content_block_delta: z.object({ index, delta: deltaSchema }),
  content_block_stop: z.object({ index }),
  message_delta: z.object({
    delta: z.object({ stop_reason: z.string().nullish(), stop_sequence: z.string().nullish() }),
    usage: z.unknown().optional(),
  }),
} as const;
