import * as z from "zod";
import { wires } from "../../../protocol/agents/engines.ts";
import type { Entry } from "./conversationItems.ts";

const promptBlockSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("image"), mimeType: z.string(), data: z.string() }),
]);

const assistantPartSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("call"), id: z.string(), name: z.string(), arguments: z.string() }),
  z.object({ type: z.literal("opaque"), wire: z.enum(wires), model: z.string(), data: z.json() }),
]);

const resultSchema = z.object({
  callId: z.string(),
  name: z.string(),
  content: z.array(promptBlockSchema),
  isError: z.boolean(),
});

const itemSchema = z.discriminatedUnion("role", [
  z.object({ role: z.literal("user"), content: z.array(promptBlockSchema) }),
  z.object({ role: z.literal("assistant"), parts: z.array(assistantPartSchema) }),
  z.object({ role: z.literal("results"), results: z.array(resultSchema) }),
]);

const VERSION = 1;

const beginningSchema = z.object({ type: z.literal("conversation"), version: z.literal(VERSION) });

const entrySchema = z.object({
  type: z.literal("item"),
  executionId: z.string(),
  turn: z.int().min(1),
  item: itemSchema,
});

/** The first line of a file. A file of another version is not read. */
export const beginning = { type: "conversation", version: VERSION } as const;

export function isBeginning(record: unknown): boolean {
  return beginningSchema.safeParse(record).success;
}

export function recordOf(entry: Entry): unknown {
  return { type: "item", ...entry };
}

/** @returns undefined if it is not an item */
export function parseEntry(record: unknown): Entry | undefined {
  const { data } = entrySchema.safeParse(record);
  return data === undefined ? undefined : { executionId: data.executionId, turn: data.turn, item: data.item };
}
