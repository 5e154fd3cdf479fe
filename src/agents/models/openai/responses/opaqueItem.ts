import * as z from "zod";
import type { AssistantPart } from "../../../../core/models/step.ts";
import type { Json } from "../../../../protocol/values.ts";

/** An item of a response that goes back to the server as it came. */
export interface OpaqueItem {
  readonly type: "reasoning";
  readonly [name: string]: Json;
}

/** The parts that go back: reasoning, and the phase of the message that follows. */
export type OpaquePart =
  | { readonly kind: "item"; readonly item: OpaqueItem }
  | { readonly kind: "phase"; readonly phase: string };

const itemSchema = z
  .object({ type: z.literal("reasoning") })
  .catchall(z.json())
  .transform((item): OpaquePart => ({ kind: "item", item }));
const phaseSchema = z.object({ phase: z.string() }).transform(({ phase }): OpaquePart => ({ kind: "phase", phase }));
const opaqueSchema = z.union([itemSchema, phaseSchema]);

/** Reads what `opaquePart` has kept. */
export function opaqueItemOf(data: Json): OpaquePart | undefined {
  return opaqueSchema.safeParse(data).data;
}

/** Keeps a reasoning item, or the phase of a message, for the next step. */
export function opaquePart(data: Json, model: string): AssistantPart {
  return { type: "opaque", wire: "openai-responses", model, data };
}
