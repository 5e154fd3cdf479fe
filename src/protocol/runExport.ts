import * as z from "zod";
import { executionSchema } from "./executions.ts";

/** A recorded event, from any version of the bridge: its payload is not validated. */
const recordedEventSchema = z.looseObject({
  type: z.string(),
  eventId: z.int(),
  timestamp: z.iso.datetime(),
  windowId: z.string(),
});

const versionsSchema = z.object({
  bridge: z.string(),
  editor: z.string(),
  node: z.string(),
  platform: z.string(),
});

export type Versions = z.infer<typeof versionsSchema>;

/** Maximum size of an exported run in bytes, which contains at most 8 MiB of output, four times. */
export const MAX_RUN_BYTES = 64 * 1024 * 1024;

/** An execution in a file, for other people or for a report. Secrets are redacted before it is written. */
export const runExportSchema = z.object({
  format: z.literal("kiro-bridge-run"),
  formatVersion: z.literal(1),
  exportedAt: z.iso.datetime(),
  versions: versionsSchema.describe("Versions in the window of the run."),
  execution: executionSchema,
  events: z.array(recordedEventSchema).describe("All known events, in order."),
  content: z
    .enum(["none", "output"])
    .optional()
    .describe("Of a run in an archive: the content that it has. Absent if nothing was left out."),
  isComplete: z
    .literal(false)
    .optional()
    .describe("The run was no longer in the history when it was exported, so that only what its end says is known."),
});

export type RunExport = z.infer<typeof runExportSchema>;
export type RecordedEvent = z.infer<typeof recordedEventSchema>;
/** An execution with its steps, as shown to its user. */
export type RecordedRun = Pick<RunExport, "execution" | "events" | "versions">;
