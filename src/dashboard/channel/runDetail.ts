import { jsonHead } from "../../history/jsonHead.ts";
import type { ExecutionDetail } from "../contract/dashboard.ts";
import { type BridgeEvent, eventPayloads } from "../../protocol/events.ts";
import type { RecordedEvent, RecordedRun, RunExport } from "../../protocol/runExport.ts";
import { isRepeatable } from "./repeatRun.ts";
import { rowOf } from "./executionRows.ts";
import { timelineOf } from "./timeline.ts";

const LONGEST_PARAMS = 20_000;

/** One run with its steps, of this window or from a file. */
export function detailOf({ execution, events }: Pick<RecordedRun, "execution" | "events">): ExecutionDetail {
  const { queuedAt, workspacePath, sessionId, exitCode, params, requestedBy } = execution;
  return {
    row: rowOf(execution, "detail"),
    queuedAt,
    ...(requestedBy !== undefined && { requestedBy }),
    isRepeatable: isRepeatable(execution),
    ...(workspacePath !== undefined && { workspacePath }),
    ...(sessionId !== undefined && { sessionId }),
    ...(exitCode !== undefined && { exitCode }),
    ...(params !== undefined && { params: paramsOf(params) }),
    timeline: timelineOf(events, isKnown),
  };
}

/** Indented where that is not long; the beginning of what is. */
function paramsOf(params: readonly unknown[]): string {
  const { text, isWhole } = jsonHead(params, LONGEST_PARAMS);
  return isWhole ? JSON.stringify(params, undefined, 2).slice(0, LONGEST_PARAMS) : `${text}…`;
}

/** A run from a file, looked at as if it had taken place here. */
export function importedRun(run: RunExport): ExecutionDetail {
  return { ...detailOf(run), isRepeatable: false, isImported: true };
}

/** A run of a newer bridge may have events that this one does not know; in one of an older bridge questions have no ids. */
function isKnown(event: RecordedEvent): event is RecordedEvent & BridgeEvent {
  const schemas: Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>> = eventPayloads;
  return (
    Object.hasOwn(schemas, event.type) && schemas[event.type]?.safeParse({ questionId: "", ...event }).success === true
  );
}
