import * as z from "zod";
import type { Message } from "../bus/message.ts";

const texts = ["messageId", "source", "destination", "topic"] as const;

const messageSchema = z.custom<Message>((value) => {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return texts.every((name) => typeof fields.get(name) === "string") && typeof fields.get("metadata") === "object";
});

const consumerSchema = z.object({
  id: z.int(),
  name: z.string(),
  pattern: z.string(),
  /** The number of the last acknowledged message. All before it are acknowledged as well. */
  acked: z.int(),
  /** Numbers of messages that were delivered in vain, and how often. */
  failures: z.array(z.tuple([z.int(), z.int()])),
});

const recordSchema = z.discriminatedUnion("type", [
  /** The first line of each file: what is valid of the earlier ones. */
  z.object({
    type: z.literal("begin"),
    version: z.literal(1),
    consumers: z.array(consumerSchema),
    /** The IDs of all dead letters. */
    letters: z.array(z.string()),
    nextSeq: z.int(),
    nextConsumer: z.int(),
  }),
  /** A new consumer, or a new state of a known one. */
  z.object({ type: z.literal("consumer"), ...consumerSchema.shape }),
  z.object({ type: z.literal("forgotten"), id: z.int() }),
  z.object({
    type: z.literal("message"),
    seq: z.int(),
    message: messageSchema,
    /** The only consumer that gets it. */
    to: z.int().optional(),
    /** The dead letter that it was. */
    letter: z.string().optional(),
  }),
  /** The disk may have this message, but did not confirm it: its publisher was told so. */
  z.object({ type: z.literal("void"), seq: z.int(), id: z.string() }),
  /** Acknowledges the message as well. */
  z.object({
    type: z.literal("dead"),
    letter: z.string(),
    id: z.int(),
    seq: z.int(),
    name: z.string(),
    pattern: z.string(),
    message: messageSchema,
    error: z.string(),
    deliveries: z.int(),
    timestamp: z.string(),
  }),
  z.object({ type: z.literal("removed"), letter: z.string() }),
  /** Hashes of the IDs of earlier messages. */
  z.object({ type: z.literal("ids"), ids: z.array(z.string()) }),
]);

/** One line of the log. */
export type LogRecord = z.infer<typeof recordSchema>;

export type RecordOf<T extends LogRecord["type"]> = Extract<LogRecord, { readonly type: T }>;

/** @returns undefined if the value is no record */
export function parseRecord(value: unknown): LogRecord | undefined {
  return recordSchema.safeParse(value).data;
}
