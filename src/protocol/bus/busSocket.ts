import * as z from "zod";
import { errorBodySchema } from "../errorBody.ts";
import { busMessageSchema, newBusMessageSchema } from "./busMessage.ts";

/** Maximum number of patterns in a URL, of operations in one request, and of deliveries in one `ack`. */
const MAX_PATTERNS = 50;
const MAX_BUS_OPERATIONS = 100;
const MAX_DELIVERIES = 1000;

const number = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const pattern = z
  .string()
  .min(1)
  .max(500)
  .describe("A topic with the wildcards `*` for a segment and `**` for several.");
const correlationId = z.string().min(1).max(200);
const payload = z.unknown().optional();

const durableSchema = z.strictObject({
  maxDeliver: z.int().min(1).max(1000).optional().describe("Deliveries before a message becomes a dead letter."),
  backoffMs: z
    .array(z.int().min(0).max(3_600_000))
    .max(20)
    .optional()
    .describe("Milliseconds before the second, third, … delivery; the last one repeats."),
});

const busSubscribeOptionsSchema = z.strictObject({
  priority: z.int().min(1).max(10).optional(),
  durable: z
    .union([z.boolean(), durableSchema])
    .optional()
    .describe("Keep messages for the time when the program is away."),
  group: z.string().min(1).max(100).optional().describe("A queue group, which shares its messages."),
  maxQueued: z.int().min(1).max(100_000).optional().describe("Messages that may wait. The oldest are dropped."),
  window: z.int().min(1).max(1000).optional().describe("Deliveries that may be unacknowledged."),
});

/** The operations of the bus, by name, with their fields. */
export const busOperations = {
  publish: { message: newBusMessageSchema },
  subscribe: {
    subscription: number.describe("A number that the client chooses."),
    pattern,
    options: busSubscribeOptionsSchema.optional(),
  },
  unsubscribe: { subscription: number },
  request: {
    message: z.strictObject({
      ...newBusMessageSchema.shape,
      timeout: z.int().min(1).max(3_600_000).optional().describe("In milliseconds."),
    }),
  },
  cancel: { request: number.describe("The ID of the operation `request`.") },
  respond: { correlationId, payload },
  progress: { correlationId, payload },
  ack: { deliveries: z.array(number).max(MAX_DELIVERIES) },
  nack: { delivery: number, error: z.string().max(2000).optional() },
} as const satisfies Record<string, z.ZodRawShape>;

export type BusOperationName = keyof typeof busOperations;

export const busOperationNames = [
  "publish",
  "subscribe",
  "unsubscribe",
  "request",
  "cancel",
  "respond",
  "progress",
  "ack",
  "nack",
] as const satisfies readonly BusOperationName[];

const received = z
  .int()
  .min(0)
  .optional()
  .describe("The number of the latest frame that the client has received, which the bridge then forgets.");

/** Creates the schema of one operation. @param id its ID */
function operation<Name extends BusOperationName, Id extends z.ZodType>(name: Name, id: Id) {
  return z.strictObject({ op: z.literal(name), id, received, ...busOperations[name] });
}

function operations<Id extends z.ZodType>(id: Id) {
  return [
    operation("publish", id),
    operation("subscribe", id),
    operation("unsubscribe", id),
    operation("request", id),
    operation("cancel", id),
    operation("respond", id),
    operation("progress", id),
    operation("ack", id),
    operation("nack", id),
  ] as const;
}

const socketId = number.describe("Greater than those before, so that none is repeated.");

/** An operation over the WebSocket. */
export const busOperationSchema = z.discriminatedUnion("op", operations(socketId));

/** Returns the schema of one operation over the WebSocket. */
export function busOperation(name: BusOperationName): z.ZodType {
  return operation(name, socketId);
}

/** An operation in the body of a request. */
export const busRequestSchema = z
  .discriminatedUnion("op", operations(number.optional().describe("Is in the reply, and in progress of a request.")))
  .meta({ id: "BusRequest" });
export type BusRequest = z.infer<typeof busRequestSchema>;

export const busRequestsSchema = z.array(busRequestSchema).min(1).max(MAX_BUS_OPERATIONS);

const name = z.string().min(1).max(64).optional().meta({ description: "The name of the plugin." });
const session = z.string().max(100).optional();

/** `?name=&session=&received=` of an upgrade. `ticket` is handled by the guards. */
export const busQuerySchema = z.strictObject({
  name,
  session: session.meta({ description: "The session to resume, after a broken connection." }),
  received: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: "The number of the latest frame that the client has received in it." }),
  ticket: z.string().max(100).optional().meta({ description: "Replaces the token in browsers; see createTicket." }),
});

/** The same for Server-Sent Events, which can also subscribe by their URL. */
export const busStreamQuerySchema = z.strictObject({
  ...busQuerySchema.shape,
  subscribe: z
    .string()
    .max(5000)
    .transform((patterns) => patterns.split(","))
    .pipe(z.array(pattern).max(MAX_PATTERNS))
    .optional()
    .meta({ description: "Patterns to subscribe to in a new session, separated by commas." }),
});

/** `?name=&session=` of a request: without a session, it can publish and send requests only. */
export const busRequestQuerySchema = z.strictObject({
  name,
  session: session.meta({ description: "The session of a stream or a WebSocket." }),
});

/** The reply to an operation of a request, with either `result` or `error`. */
export const busReplySchema = z
  .object({
    id: z.int().optional().describe("The ID of the operation, if it has one."),
    result: z.unknown().optional(),
    error: errorBodySchema.optional(),
  })
  .meta({ id: "BusReply" });

const frameNumber = z.int().describe("The number of the frame in its session.");

/** The response to a request with one operation, or with several. */
export const busAnswerSchema = z
  .object({
    ...busReplySchema.shape,
    replies: z.array(busReplySchema).optional().describe("Replies to a list of operations, in its order."),
  })
  .meta({ id: "BusAnswer" });

/** Frames that are no replies, by their type. */
export const busFrames = {
  ready: z.object({
    type: z.literal("ready"),
    session: z.string().describe("Names the session in URLs: `?session=…`."),
    name: z.string().describe("`source` of everything that this session sends."),
    resumed: z.boolean().describe("False if the session is new."),
    lastOp: z.int().describe("The ID of the latest operation that was processed."),
    missed: z.int().describe("Frames that the client has missed."),
    keptMs: z.int().describe("Milliseconds that the session is kept after its connection is broken."),
    maxPayloadBytes: z.int(),
  }),
  message: z.object({
    number: frameNumber,
    type: z.literal("message"),
    subscription: z.int(),
    delivery: z.int().describe("For `ack` and `nack`."),
    message: busMessageSchema,
  }),
  "messages-lost": z.object({
    number: frameNumber,
    type: z.literal("messages-lost"),
    subscription: z.int(),
    count: z.int().describe("Messages that were dropped because too many waited."),
  }),
  progress: z.object({
    number: frameNumber,
    type: z.literal("progress"),
    request: z.int().describe("The ID of the operation `request`."),
    payload: z.unknown().optional(),
  }),
  cancelled: z.object({
    number: frameNumber,
    type: z.literal("cancelled"),
    delivery: z.int().describe("The delivery of a request that was cancelled."),
  }),
  unsubscribed: z.object({
    number: frameNumber,
    type: z.literal("unsubscribed"),
    subscription: z.int(),
    error: errorBodySchema,
  }),
} as const;

/** Any of them. */
export const busFrameSchema = z
  .discriminatedUnion("type", [
    busFrames.ready,
    busFrames.message,
    busFrames["messages-lost"],
    busFrames.progress,
    busFrames.cancelled,
    busFrames.unsubscribed,
  ])
  .meta({ id: "BusFrame" });
