import * as z from "zod";
import { executionSchema } from "./executions.ts";

/** An event as it was recorded: of any version of the bridge, so its payload is taken as it comes. */
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

/** One run in a file, to be shown elsewhere or sent along with a report. Secrets are taken out before it is written. */
export const runExportSchema = z.object({
  format: z.literal("kiro-bridge-run"),
  formatVersion: z.literal(1),
  exportedAt: z.iso.datetime(),
  versions: versionsSchema.describe("Versions in the window of the run."),
  execution: executionSchema,
  events: z.array(recordedEventSchema).describe("All known events, in order."),
});

export type RunExport = z.infer<typeof runExportSchema>;
export type RecordedEvent = z.infer<typeof recordedEventSchema>;
/** One run with its steps, as it is told to the user it belongs to. */
export type RecordedRun = Pick<RunExport, "execution" | "events" | "versions">;
