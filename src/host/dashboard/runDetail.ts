import type { ExecutionDetail } from "../../protocol/dashboard.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { type BridgeEvent, eventPayloads } from "../../protocol/events.ts";
import { type RecordedEvent, type RunExport, runExportSchema } from "../../protocol/runExport.ts";
import { rowOf } from "./executionRows.ts";
import { timelineOf } from "./timeline.ts";

const LONGEST_PARAMS = 20_000;

/** One run with its steps, of this window or from a file. */
export function detailOf({ execution, events }: Pick<RunExport, "execution" | "events">): ExecutionDetail {
  const { queuedAt, workspacePath, sessionId, exitCode, params } = execution;
  return {
    row: rowOf(execution, "detail"),
    queuedAt,
    ...(workspacePath !== undefined && { workspacePath }),
    ...(sessionId !== undefined && { sessionId }),
    ...(exitCode !== undefined && { exitCode }),
    ...(params !== undefined && { params: JSON.stringify(params, undefined, 2).slice(0, LONGEST_PARAMS) }),
    timeline: timelineOf(events.filter(isKnown)),
  };
}

/**
 * Reads the file of an exported run, so that it can be looked at as if it had taken place here.
 * @throws BridgeError VALIDATION_FAILED for any other file
 */
export function readRun(text: string): ExecutionDetail {
  const run = runExportSchema.safeParse(parse(text));
  if (!run.success) throw new BridgeError("VALIDATION_FAILED", "This file is not a run exported by Kiro Bridge.");
  return importedRun(run.data);
}

export function importedRun(run: RunExport): ExecutionDetail {
  return { ...detailOf(run), isImported: true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A run of a newer bridge may have events that this one does not know; in one of an older bridge questions have no ids. */
function isKnown(event: RecordedEvent): event is RecordedEvent & BridgeEvent {
  const schemas: Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>> = eventPayloads;
  return (
    Object.hasOwn(schemas, event.type) && schemas[event.type]?.safeParse({ questionId: "", ...event }).success === true
  );
}
