import * as z from "zod";
import type { AssistantPart } from "../../../../core/models/step.ts";
import { opaquePart } from "./opaqueItem.ts";

const text = z.string();
const contentSchema = z.union([
  z.object({ type: z.literal("output_text"), text }),
  z.object({ type: z.literal("refusal"), refusal: text }),
  z.object({ type: text }).transform(() => undefined),
]);
const messageSchema = z.object({
  type: z.literal("message"),
  content: z.array(contentSchema).nullish(),
  phase: text.nullish().catch(undefined),
});
const callSchema = z.object({
  type: z.literal("function_call"),
  call_id: text.min(1),
  name: text.min(1),
  arguments: text.nullish(),
});
const reasoningSchema = z.object({ type: z.literal("reasoning") }).catchall(z.json());

/** An item of the output of a response. Items that the bridge has not asked for are `undefined`. */
export const outputItemSchema = z.union([
  messageSchema,
  callSchema,
  reasoningSchema,
  z
    .object({ type: text.refine((type) => !["message", "function_call", "reasoning"].includes(type)) })
    .transform(() => undefined),
]);

export type OutputItem = NonNullable<z.infer<typeof outputItemSchema>>;
type Message = z.infer<typeof messageSchema>;

/** Returns the text of a message, and whether the model refuses in it. */
export function messageText({ content }: Message): { readonly text: string; readonly isRefusal: boolean } {
  const parts = (content ?? []).filter((part) => part !== undefined);
  return {
    text: parts.map((part) => (part.type === "refusal" ? part.refusal : part.text)).join(""),
    isRefusal: parts.some(({ type }) => type === "refusal"),
  };
}

/** Returns the parts of a step that an item is. */
export function partsOf(item: OutputItem, model: string): readonly AssistantPart[] {
  switch (item.type) {
    case "message": {
      const { text: said } = messageText(item);
      const phase = item.phase ? [opaquePart({ phase: item.phase }, model)] : [];
      return said === "" ? [] : [...phase, { type: "text", text: said }];
    }
    case "function_call":
      return [{ type: "call", id: item.call_id, name: item.name, arguments: item.arguments ?? "" }];
    default:
      return canGoBack(item) ? [opaquePart(item, model)] : [];
  }
}

/** The server does not find an item by its ID, since it keeps nothing. */
function canGoBack(item: z.infer<typeof reasoningSchema>): boolean {
  const { encrypted_content: encrypted, content } = item;
  return (typeof encrypted === "string" && encrypted !== "") || (Array.isArray(content) && content.length > 0);
}
