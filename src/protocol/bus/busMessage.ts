import * as z from "zod";

/** The types of messages on the bus. */
const messageTypes = ["request", "response", "event", "command"] as const;

const topic = z.string().min(1).max(1000).describe("Segments with `/` or `.` between them.");
const priority = z
  .int()
  .min(1)
  .max(10)
  .describe("Orders the messages that wait, the higher numbers before the lower ones.");
const headers = z.record(z.string().max(200), z.string().max(4000)).refine((all) => Object.keys(all).length <= 50, {
  message: "has more than 50 entries",
  params: { rule: "limit", expected: "at most 50 entries" },
});

/** A message as its publisher gives it; the bus adds the rest. */
export const newBusMessageSchema = z
  .strictObject({
    topic,
    payload: z.unknown().optional().describe("A JSON value."),
    messageType: z.enum(messageTypes).optional().describe("Default: `event`, or `request` for a request."),
    destination: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe("The name of a plugin; `*` is everybody, which is the default."),
    priority: priority.optional(),
    headers: headers.optional(),
    metadata: z.record(z.string().max(200), z.unknown()).optional().describe("`expiresAt` is a date and time."),
    messageId: z.string().min(1).max(200).optional().describe("Identifies a publish that may be repeated."),
  })
  .meta({ id: "NewBusMessage" });

/** A message on the bus, as subscribers receive it. */
export const busMessageSchema = z
  .object({
    messageId: z.string(),
    correlationId: z.string().optional().describe("Names the request that this is."),
    timestamp: z.iso.datetime(),
    source: z.string().describe("The name of the sender, set by the bus."),
    destination: z.string(),
    topic: z.string().describe("With `/` between its segments."),
    messageType: z.enum(messageTypes),
    priority: z.number(),
    headers: z.record(z.string(), z.string()).describe("Among them `traceId` and `spanId`."),
    payload: z.unknown().optional(),
    metadata: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "BusMessage" });
