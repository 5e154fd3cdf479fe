import * as z from "zod";
import { placeQuerySchema, missingWindowsSchema } from "../windows/place.ts";

/**
 * States of destinations: `off` by the settings, `idle` before anything was sent, `retrying` after a failure that may pass,
 * `blocked` until a person fixes something, and `paused` because the destination asks for no more.
 */
const destinationStates = ["off", "idle", "ok", "retrying", "blocked", "paused"] as const;

/** Facts that the answer of a destination proves. */
const deliveryOutcomes = ["stored", "sent"] as const;

const outcomeSchema = z
  .enum(deliveryOutcomes)
  .describe(
    "What the answer of the destination proves: that it has stored the items, or only that it has received them.",
  );

const failureKinds = ["passing", "refused", "blocked", "gone"] as const;

const failureSchema = z.object({
  kind: z
    .enum(failureKinds)
    .describe(
      "`passing`: it is tried again. `refused`: the item became a dead letter. `blocked`: a person must fix it. `gone`: the destination asks for no more.",
    ),
  message: z.string().describe("For people."),
  httpStatus: z.int().optional(),
});

const headShape = {
  name: z.string().describe("As in the setting `kiroBridge.exports`."),
  kind: z.string(),
  state: z.enum(destinationStates),
} as const;

/** A destination in the status of a bridge. */
export const destinationStateSchema = z.object(headShape);

/** A destination of exports with its health, in one window. */
const destinationSchema = z
  .object({
    ...headShape,
    since: z.iso.datetime().optional().describe("When it came into this state."),
    lastSuccess: z
      .object({ at: z.iso.datetime(), outcome: outcomeSchema, detail: z.string().optional().describe("For people.") })
      .optional(),
    lastError: failureSchema.extend({ at: z.iso.datetime() }).optional(),
    nextAttemptAt: z.iso.datetime().optional(),
    waiting: z.object({
      events: z.int().describe("Events that were not delivered yet."),
      oldestMs: z.int().describe("The age of the oldest one."),
    }),
    sent: z.int().describe("Events that were delivered since the bridge has started."),
    refused: z.int().describe("Those that the destination has refused."),
    dropped: z.int().describe("Those that were lost, because too many were waiting, or the disk was full."),
    deadLetters: z.int().describe("Events that were refused, and are kept to be sent again."),
    windowId: z.string(),
  })
  .meta({ id: "ExportDestination" });

export type DestinationRecord = z.infer<typeof destinationSchema>;

/** `GET /kiro/exports`. */
export const destinationListSchema = z
  .object({
    destinations: z.array(destinationSchema).describe("Each window has its own row for a destination."),
    problems: z
      .array(z.string())
      .describe("What is wrong with the setting `kiroBridge.exports`. Such destinations are not used."),
    missingWindows: missingWindowsSchema.optional(),
  })
  .meta({ id: "ExportDestinationList" });

export type DestinationList = z.infer<typeof destinationListSchema>;

/** `POST /kiro/exports/{name}/test`. */
export const destinationTestSchema = z
  .object({
    success: z.boolean(),
    outcome: outcomeSchema.optional().describe("Present if it has succeeded."),
    message: z.string().describe("What came back, for people."),
    error: failureSchema.optional().describe("Present if it has failed."),
    elapsedMs: z.int(),
    windowId: z.string(),
  })
  .meta({ id: "ExportTestResult" });

export type DestinationTest = z.infer<typeof destinationTestSchema>;

const MAX_DEAD_LETTERS = 1000;

export const deadLetterQuerySchema = z.strictObject({
  ...placeQuerySchema.shape,
  limit: z.coerce.number().int().min(1).max(MAX_DEAD_LETTERS).default(100),
});

/** An event that a destination has refused, without its content. */
const deadLetterSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime().describe("When it was refused."),
    reason: z.string().describe("For people."),
    eventType: z.string(),
    executionId: z.string().optional(),
  })
  .meta({ id: "ExportDeadLetter" });

export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** `GET /kiro/exports/{name}/dead-letters`. */
export const deadLetterListSchema = z
  .object({ deadLetters: z.array(deadLetterSchema).describe("The newest first."), total: z.int() })
  .meta({ id: "ExportDeadLetterList" });

export type DeadLetterList = z.infer<typeof deadLetterListSchema>;

/** `POST /kiro/exports/{name}/replay`. */
export const replaySchema = z
  .object({ replayed: z.int().describe("Dead letters that are sent again.") })
  .meta({ id: "ExportReplay" });

/** `DELETE /kiro/exports/{name}/dead-letters`. */
export const deadLettersRemovedSchema = z.object({ removed: z.int() }).meta({ id: "ExportDeadLettersRemoved" });
