import type { Answerable } from "../../core/commands/submission.ts";
import { PastExecution } from "../../core/executions/pastExecution.ts";
import type { ExecutionLookup } from "../../core/ports.ts";
import { type ExecutionRecord, isFinal } from "../../protocol/executions.ts";
import type { KeyHolder } from "./keyTable.ts";

const INTERRUPTED = "The window that ran this has ended. The outcome is unknown.";

/** Returns what is known of the execution of a key whose window has ended: its end, or that it was interrupted. */
export async function pastWorkOf(holder: KeyHolder, history: ExecutionLookup): Promise<Answerable> {
  const { executionId } = holder;
  const found = executionId === undefined ? undefined : await history.get(executionId);
  const hasEnded = found !== undefined && isFinal(found.status) && found.status !== "interrupted";
  const record = hasEnded ? found : interruptedRecord(holder, found);
  const { id, status, code, executionTimeMs = 0, exitCode, sessionId } = record;
  const isFailure =
    status === "interrupted" || (status === "failed" && code !== undefined && code !== "COMMAND_EXECUTION_FAILED");
  return new PastExecution({ id, status, code, isFailure, executionTimeMs, exitCode, sessionId }, record);
}

function interruptedRecord(holder: KeyHolder, found: ExecutionRecord | undefined): ExecutionRecord {
  return {
    ...(found ?? unknownRecord(holder)),
    status: "interrupted",
    error: INTERRUPTED,
    code: "KIRO_UNAVAILABLE",
    cause: "window-gone",
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
