import { isoTime } from "../base/isoTime.ts";
import type { Execution } from "../core/executions/execution.ts";
import { originOf } from "../core/executions/executionOrigin.ts";
import type { ExecutionRecord } from "../protocol/executions.ts";

/** Returns an execution as the history keeps it and as `GET /api/kiro/executions/{id}` shows it. */
export function recordOf(execution: Execution): ExecutionRecord {
  const { task, startedAt, completedAt, queuedAt, pendingInput, waitingFor, sessionId } = execution;
  const { command, args, params, workspacePath, session } = task;
  return {
    id: execution.id,
    executionId: execution.id,
    command,
    args: [...args],
    ...(params !== undefined && { params: [...params] }),
    ...(workspacePath !== undefined && { workspacePath }),
    startedAt: isoTime(startedAt ?? queuedAt),
    ...(completedAt !== undefined && { completedAt: isoTime(completedAt) }),
    status: execution.status,
    output: execution.output.text,
    target: execution.target,
    queuedAt: isoTime(queuedAt),
    windowId: execution.windowId,
    ...(session !== undefined && { session }),
    ...originOf(execution),
    ...(startedAt !== undefined && { executionTimeMs: execution.elapsedMs }),
    ...execution.end,
    ...(execution.output.isTruncated && { outputTruncated: true }),
    ...(sessionId !== undefined && { sessionId }),
    ...(pendingInput !== undefined && { pendingInput }),
    ...(waitingFor !== undefined && { waitingFor }),
  };
}
