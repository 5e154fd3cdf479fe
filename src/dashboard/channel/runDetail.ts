import { jsonHead } from "../../history/jsonHead.ts";
import type { ExecutionDetail } from "../contract/dashboard.ts";
import { type BridgeEvent, eventPayloads } from "../../protocol/events.ts";
import type { RecordedEvent, RecordedRun, RunExport } from "../../protocol/runExport.ts";
import { isRepeatable } from "./repeatRun.ts";
import { rowOf } from "./executionRows.ts";
import { timelineOf } from "./timeline.ts";

const LONGEST_PARAMS = 20_000;

/** Builds the detail of one run, from the history, a file or an archive. */
export function detailOf({ execution, events }: Pick<RecordedRun, "execution" | "events">): ExecutionDetail {
  const { queuedAt, workspacePath, sessionId, parentId, exitCode, params, requestedBy } = execution;
  return {
    row: rowOf(execution, "detail"),
    queuedAt,
    ...(requestedBy !== undefined && { requestedBy }),
    isRepeatable: isRepeatable(execution),
    ...(workspacePath !== undefined && { workspacePath }),
    ...(sessionId !== undefined && { sessionId }),
    ...(parentId !== undefined && { parentId }),
    ...(exitCode !== undefined && { exitCode }),
    ...(params !== undefined && { params: paramsOf(params) }),
    timeline: timelineOf(events, isKnown),
  };
}

/** Returns indented JSON, or the beginning of JSON that is too long. */
function paramsOf(params: readonly unknown[]): string {
  const { text, isWhole } = jsonHead(params, LONGEST_PARAMS);
  return isWhole ? JSON.stringify(params, undefined, 2).slice(0, LONGEST_PARAMS) : `${text}…`;
}

/** Builds the detail of a run that was read from a file or an archive. */
export function importedRun(run: RunExport): ExecutionDetail {
  return { ...detailOf(run), isRepeatable: false, isImported: true };
}

/** Returns whether this version knows the event. Runs of older versions have questions without IDs. */
function isKnown(event: RecordedEvent): event is RecordedEvent & BridgeEvent {
  const schemas: Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>> = eventPayloads;
  return (
    Object.hasOwn(schemas, event.type) && schemas[event.type]?.safeParse({ questionId: "", ...event }).success === true
  );
}
