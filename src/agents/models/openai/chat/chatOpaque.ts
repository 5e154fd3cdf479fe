import * as z from "zod";
import type { AssistantPart } from "../../../../core/models/step.ts";
import type { Json } from "../../../../protocol/values.ts";

/** The names that servers have for the text of the reasoning. */
export const reasoningNames = ["reasoning_content", "reasoning"] as const;
export type ReasoningName = (typeof reasoningNames)[number];

const json = z.json();
const opaqueSchema = z.object({
  reasoning: z.partialRecord(z.enum(reasoningNames), z.string()).optional(),
  details: z.object({ reasoning_details: z.array(json) }).optional(),
  callExtras: z.record(z.string(), json).optional(),
});

/** The parts of one step that must go back to a server of the chat protocol. */
export interface OpaqueChat {
  /** Of servers that want the text of the reasoning again: DeepSeek, Moonshot, vLLM. */
  readonly reasoning?: Readonly<Partial<Record<ReasoningName, string>>> | undefined;
  /** OpenRouter's blocks of reasoning, with signatures. */
  readonly details?: { readonly reasoning_details: readonly Json[] } | undefined;
  /** Google's signatures of thoughts, by the ID of the call. */
  readonly callExtras?: Readonly<Record<string, Json>> | undefined;
}

/** Returns the part that keeps it for the next step; undefined if there is nothing. */
export function opaqueChatPart(opaque: OpaqueChat, model: string): AssistantPart | undefined {
  const { reasoning, details, callExtras } = opaque;
  const data = { ...(reasoning && { reasoning }), ...(details && { details }), ...(callExtras && { callExtras }) };
  return Object.keys(data).length === 0 ? undefined : { type: "opaque", wire: "openai-chat", model, data };
}

/** Reads it from a message, for its model. */
export function opaqueChatOf(parts: readonly AssistantPart[], model: string): OpaqueChat {
  const part = parts.find((each) => each.type === "opaque" && each.wire === "openai-chat" && each.model === model);
  return part?.type === "opaque" ? (opaqueSchema.safeParse(part.data).data ?? {}) : {};
}
