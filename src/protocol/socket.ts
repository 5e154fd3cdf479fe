import * as z from "zod";
import { errorBodySchema } from "./errorBody.ts";
import { eventPayloads, type EventType } from "./events.ts";
import { executeRequestSchema } from "./executions.ts";
import { inputAnswerSchema } from "./input.ts";

const eventTypes = Object.keys(eventPayloads);

/** `subscribe`: which events, and from where. A second subscription on a channel replaces the first. */
export const subscribeSchema = z.strictObject({
  since: z.int().min(0).optional().describe("The last eventId that the client has; without it, only what comes."),
  epoch: z
    .string()
    .max(100)
    .optional()
    .describe("The epoch that `since` belongs to; of another one, all events are new."),
  types: z.array(z.custom<EventType>((type) => typeof type === "string" && eventTypes.includes(type))).optional(),
  executionId: z.string().max(100).optional(),
});

export type SubscribeParams = z.infer<typeof subscribeSchema>;

/** What a client may ask over a channel, with the params of each method (wire contract §5). */
export const socketMethods = {
  execute: z.object({ request: executeRequestSchema, idempotencyKey: z.string().min(1).max(255).optional() }),
  cancel: z.strictObject({ executionId: z.string().min(1).max(100) }),
  input: inputAnswerSchema,
  status: z.strictObject({}).optional(),
  subscribe: subscribeSchema.optional(),
} as const;

export type SocketMethod = keyof typeof socketMethods;

/** A request over a channel; `params` are checked by their method's schema. */
export const socketRequestSchema = z.strictObject({
  id: z.union([z.string().max(100), z.int()]),
  method: z.string().max(100),
  params: z.unknown().optional(),
});

export type SocketRequest = z.infer<typeof socketRequestSchema>;

/** The reply, to the asker only; either `result` or `error`. */
export const socketReplySchema = z.object({
  id: z.union([z.string(), z.int()]).nullable(),
  result: z.unknown().optional(),
  error: errorBodySchema.optional(),
});

export type SocketReply = z.infer<typeof socketReplySchema>;
