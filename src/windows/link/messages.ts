import * as z from "zod";
import { isMeasurable } from "../../core/events/eventWeights.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { type ExecutionRecord, executionStatusSchema } from "../../protocol/executions.ts";
import { commandEntrySchema, statusSchema, windowListingSchema, windowSchema } from "../../protocol/status.ts";

/** The versions of the link that this window speaks. The newest common one is used. */
export const LINK_VERSIONS = { oldest: 1, newest: 1 } as const;

/** The longest delay of a timer, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The fields of an event that this window reads. Newer windows may send others, and other types. */
const eventHead = z.looseObject({
  type: z.string(),
  eventId: z.int(),
  windowEventId: z.int(),
  timestamp: z.iso.datetime(),
  windowId: z.string(),
  executionId: z.string().optional(),
  principalId: z.string().optional(),
  timeoutMs: z.int().min(0).max(MAX_DELAY_MS).optional(),
  // Of output-retracted.
  length: z.int().min(0).optional(),
});
const eventSchema = z
  .custom<BridgeEvent & { readonly windowEventId: number }>((value) => eventHead.safeParse(value).success)
  .refine(isMeasurable);

/** The fields of a running execution that this window reads. */
const recordHead = z.looseObject({
  id: z.string(),
  executionId: z.string(),
  status: executionStatusSchema,
  command: z.string(),
  args: z.array(z.string()),
  output: z.string(),
  startedAt: z.iso.datetime(),
  queuedAt: z.iso.datetime(),
  target: z.string(),
  windowId: z.string(),
  error: z.string().optional(),
  pendingInput: z.looseObject({ questionId: z.string(), prompt: z.string() }).optional(),
  requestedBy: z.looseObject({ principal: z.looseObject({ id: z.string() }).optional() }).optional(),
  parentId: z.string().optional(),
  traceparent: z.string().optional(),
});
const recordSchema = z.custom<ExecutionRecord>((value) => recordHead.safeParse(value).success);

/**
 * The messages of a link, after its handshake. A message of an unknown type is ignored, so that newer windows may send more;
 * one that is not valid ends the link.
 */
export const linkMessageSchema = z.discriminatedUnion("type", [
  /** Both: a heartbeat. */
  z.object({ type: z.literal("beat") }),
  /** Member: its folders or its focus have changed. */
  z.object({ type: z.literal("window"), window: windowSchema }),
  /** Member: its status has changed. */
  z.object({ type: z.literal("status"), status: statusSchema.omit({ availableCommands: true, windows: true }) }),
  /** Member: its commands have changed. */
  z.object({ type: z.literal("commands"), commands: z.array(commandEntrySchema) }),
  /** Member: what is running, as of its event `after`. Sent before its events, and again after `lost`. */
  z.object({ type: z.literal("snapshot"), after: z.int(), active: z.array(recordSchema) }),
  /** Member: its events in order, with its own sequence in `windowEventId`. */
  z.object({ type: z.literal("events"), events: z.array(eventSchema) }),
  /** Member: it no longer has its events of this range. */
  z.object({ type: z.literal("lost"), from: z.int(), to: z.int() }),
  /** Member: a part of an event that is too long for one message; the parts are joined to its JSON. */
  z.object({ type: z.literal("part"), text: z.string(), isLast: z.boolean() }),
  /** Owner: it has the events up to this one. The first one is the request to send the events after it. */
  z.object({ type: z.literal("received"), windowEventId: z.int() }),
  /** Member: it has created an execution for an idempotency key, given as its hash. */
  z.object({ type: z.literal("key"), key: z.string().max(100), executionId: z.string().max(200) }),
  /** Both: its bridge stops. What was running there has ended, and the window does not come back under this ID. */
  z.object({ type: z.literal("leaving") }),
  /** Owner: the windows at the address, whenever they have changed. */
  z.object({
    type: z.literal("windows"),
    url: z.string(),
    windows: z.array(windowListingSchema),
    /** The number of programs that ask the owner for access. */
    accessRequests: z.int().optional(),
    /** The configured port, if a program uses it, or has used it until now. */
    conflict: z.object({ port: z.int(), owner: z.string(), canReclaim: z.boolean() }).optional(),
  }),
  /** Member: the user asks to move the address to the configured port. */
  z.object({ type: z.literal("reclaim") }),
]);

export type LinkMessage = z.infer<typeof linkMessageSchema>;
