import * as z from "zod";
import type { ScopeRule } from "./access.ts";
import { errorBodySchema } from "./errorBody.ts";
import { eventPayloads, type EventType } from "./events.ts";
import { executeRequestSchema } from "./executions.ts";
import { inputAnswerSchema } from "./input.ts";
import { traceparentSchema } from "./tracing/traceparentSchema.ts";

const eventTypes = Object.keys(eventPayloads);

/**
 * `subscribe`: the types of events and the start position. A second subscription on a connection replaces the first.
 */
const subscribeSchema = z.strictObject({
  since: z
    .int()
    .min(0)
    .optional()
    .describe("The last eventId that the client received. Without it, the client only receives new events."),
  epoch: z
    .string()
    .max(100)
    .optional()
    .describe("The epoch of `since`. If it is not the current one, all events are new."),
  types: z
    .array(
      z
        .custom<EventType>((type) => typeof type === "string" && eventTypes.includes(type))
        .meta({ type: "string", enum: eventTypes }),
    )
    .optional(),
  executionId: z.string().max(100).optional(),
});

export type SubscribeParams = z.infer<typeof subscribeSchema>;

/** The methods of a WebSocket connection, with their params (docs/wire-contract.md#53-websocket). */
export const socketMethods = {
  execute: z.strictObject({
    request: executeRequestSchema,
    idempotencyKey: z.string().min(1).max(255).optional(),
    traceparent: traceparentSchema
      .optional()
      .describe("As the header of HTTP requests. Default: that of the request that has opened the connection."),
    respondAsync: z
      .boolean()
      .optional()
      .describe("Reply immediately with the executionId; events report the progress."),
  }),
  cancel: z.strictObject({ executionId: z.string().min(1).max(100) }),
  input: inputAnswerSchema,
  status: z.strictObject({}).optional(),
  subscribe: subscribeSchema.optional(),
} as const;

export type SocketMethod = keyof typeof socketMethods;

/** The scopes of the methods (docs/wire-contract.md#16-scopes). */
export const socketScopes = {
  execute: ["commands:run", "agents:prompt"],
  cancel: "executions:cancel:own",
  input: "inputs:answer:own",
  status: "status:read",
  subscribe: "events:read:own",
} as const satisfies Record<SocketMethod, ScopeRule>;

/** The result of `subscribe`. Events after this reply belong to the new subscription, earlier ones to the old. */
export const subscribeResultSchema = z
  .object({
    epoch: z.string(),
    since: z.int().describe("The ID of the event after which events follow."),
    lastEventId: z.int(),
  })
  .meta({ id: "SubscribeResult" });

export type SubscribeResult = Readonly<z.infer<typeof subscribeResultSchema>>;

/** `POST /api/kiro/tickets`: a ticket that a browser puts into a URL, where the token must never be. */
export const ticketSchema = z
  .object({
    ticket: z.string().describe("The value for `?ticket=` of one WebSocket or one event stream."),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "Ticket" });

export type Ticket = z.infer<typeof ticketSchema>;

/** `?since=&epoch=&types=a,b&executionId=`: a subscription in a URL. `ticket` is handled by the guards. */
export const eventQuerySchema = z.strictObject({
  since: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: "Send the events after this eventId, as far as they are kept." }),
  epoch: subscribeSchema.shape.epoch,
  types: z
    .string()
    .max(1000)
    .transform((names) => names.split(","))
    .pipe(subscribeSchema.shape.types.unwrap())
    .optional()
    .meta({ description: "Only these types, separated by commas." }),
  executionId: subscribeSchema.shape.executionId,
  ticket: z.string().max(100).optional().meta({ description: "Replaces the token in browsers; see createTicket." }),
});

/** A request over a WebSocket; `params` are validated by the schema of the method. */
export const socketRequestSchema = z.strictObject({
  id: z.union([z.string().max(100), z.int()]),
  method: z.string().max(100),
  params: z.unknown().optional(),
});

/** A reply to the sender of a request, with either `result` or `error`. */
export const socketReplySchema = z.object({
  id: z.union([z.string(), z.int()]).nullable(),
  result: z.unknown().optional(),
  error: errorBodySchema.optional(),
});

export type SocketReply = z.infer<typeof socketReplySchema>;
