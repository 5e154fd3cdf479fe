import { within } from "../../base/deadline.ts";
import type { Answerable } from "../../core/commands/submission.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import { PastExecution } from "../../core/executions/pastExecution.ts";
import type { ExecutionLookup } from "../../core/ports.ts";
import { ERRORS } from "../../protocol/errors.ts";
import { type BridgeEvent, type EventPayload, finalStatusOf, isEnd } from "../../protocol/events.ts";
import { isFinal } from "../../protocol/executionStatus.ts";
import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { KeyHolder } from "./keyTable.ts";

const INTERRUPTED = "The window that ran this has ended. The outcome is unknown.";
/** Deadline in milliseconds for reading the history. */
const READ_MS = 2_000;

export interface PastWorkDeps {
  /** The events that this window has shown. */
  readonly log: Pick<EventLog, "since">;
  /** Provides executions of windows that have ended. */
  readonly history: ExecutionLookup;
}

/**
 * Returns what is known of the execution of a key whose window has ended: its end, or that it was interrupted. Never
 * contradicts the events.
 */
export async function pastWorkOf(holder: KeyHolder, { log, history }: PastWorkDeps): Promise<Answerable> {
  const { executionId } = holder;
  const recorded = executionId === undefined ? undefined : await history.get(executionId).catch(() => undefined);
  const shown = executionId === undefined ? undefined : endIn(log, executionId);
  const record = { ...(recorded ?? unknownRecord(holder)), ...endOf(recorded, shown) };
  const { id, status, code, executionTimeMs = 0, exitCode, sessionId } = record;
  const isFailure =
    status === "interrupted" || (status === "failed" && code !== undefined && code !== "COMMAND_EXECUTION_FAILED");
  return new PastExecution({ id, status, code, isFailure, executionTimeMs, exitCode, sessionId }, record);
}

/**
 * Returns the last events of executions of a window that has ended, as far as the history has their end: the events
 * themselves may not have arrived.
 */
export async function recordedEnds(
  executionIds: readonly string[],
  history: ExecutionLookup,
): Promise<ReadonlyMap<string, EventPayload>> {
  const reading = executionIds.map((id) => history.get(id).catch(() => undefined));
  const records: readonly (ExecutionRecord | undefined)[] = await within(Promise.all(reading), READ_MS, []);
  return new Map(records.filter(isKnownEnd).map((record) => [record.id, endEventOf(record)]));
}

function isKnownEnd(record: ExecutionRecord | undefined): record is ExecutionRecord {
  return record !== undefined && isFinal(record.status) && record.status !== "interrupted";
}

function endIn(log: PastWorkDeps["log"], executionId: string): BridgeEvent | undefined {
  const isItsEnd = (event: BridgeEvent): boolean => isEnd(event) && event.executionId === executionId;
  return [...log.since(0, isItsEnd)].at(-1);
}

/** Returns what differs from the record in the history. */
function endOf(recorded: ExecutionRecord | undefined, shown: BridgeEvent | undefined): Partial<ExecutionRecord> {
  const isShown = shown !== undefined && isEnd(shown);
  const status = isShown ? finalStatusOf(shown) : recorded?.status;
  if (status === undefined || !isFinal(status) || status === "interrupted") {
    return { status: "interrupted", error: INTERRUPTED, code: "KIRO_UNAVAILABLE", cause: "window-gone" };
  }
  if (status === recorded?.status || !isShown) return {};
  if (shown.type === "command-completed") {
    const { output, exitCode, executionTimeMs } = shown;
    return { status, output, executionTimeMs, ...(exitCode !== undefined && { exitCode }) };
  }
  if (shown.type === "command-cancelled") return { status, error: "Cancelled." };
  return { status, error: shown.error, ...(shown.errorCode !== undefined && { code: shown.errorCode }) };
}

function endEventOf({
  id,
  status,
  output,
  exitCode,
  executionTimeMs = 0,
  error = "",
  code,
  cause,
  requestedBy,
}: ExecutionRecord): EventPayload {
  const principalId = requestedBy?.principal?.id;
  const of = { executionId: id, ...(principalId !== undefined && { principalId }) };
  if (status === "completed") {
    const result = exitCode === undefined ? {} : { exitCode };
    return { type: "command-completed", ...of, success: true, output, ...result, executionTimeMs };
  }
  if (status === "cancelled") return { type: "command-cancelled", ...of, how: "cooperative" };
  const reason = { ...(code !== undefined && { errorCode: code }), ...(cause !== undefined && { cause }) };
  return {
    type: "command-error",
    ...of,
    error,
    ...reason,
    recoverable: code === undefined || ERRORS[code].recoverable,
  };
}

/** The window may have ended before it created an execution. The ID is the same for each retry. */
function unknownRecord({ hash, at, windowId, executionId }: KeyHolder): ExecutionRecord {
  const life = Buffer.from(hash).toString("hex").slice(0, 6);
  const id = executionId ?? `exec-${Math.floor(at)}-0-${life}`;
  const time = new Date(at).toISOString();
  return {
    id,
    executionId: id,
    command: "",
    args: [],
    startedAt: time,
    queuedAt: time,
    status: "interrupted",
    output: "",
    target: "",
    windowId,
    contentOmitted: true,
  };
}
