import * as z from "zod";

const text = z.string().nullish();
const callSchema = z.object({
  index: z.int().nullish(),
  id: text,
  function: z.object({ name: text, arguments: text }).nullish(),
  /** Google's signature of the thoughts before the call. */
  extra_content: z.json().optional(),
});
/** Mistral's, with its reasoning. */
const blockSchema = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("thinking"), thinking: z.array(z.object({ text: z.string().optional() })) }),
  z.object({ type: z.string() }).transform(() => undefined),
]);
const deltaSchema = z.object({
  content: z.union([z.string(), z.array(blockSchema)]).nullish(),
  refusal: text,
  reasoning_content: text,
  reasoning: text,
  reasoning_details: z.array(z.json()).nullish(),
  tool_calls: z.array(callSchema).nullish(),
});
const choiceSchema = z.object({ index: z.int().nullish(), delta: deltaSchema.nullish(), finish_reason: text });

/** One event of the stream of a chat completion. What is missing in it, or more, does no harm. */
export const chunkSchema = z.object({
  model: z.string().optional().catch(undefined),
  choices: z.array(choiceSchema).nullish(),
  usage: z.unknown().optional(),
});

export type ChatChoice = z.infer<typeof choiceSchema>;
export type ChatDelta = z.infer<typeof deltaSchema>;
export type CallDelta = z.infer<typeof callSchema>;
