import { isoTime } from "../../base/isoTime.ts";
import type { ExecuteResponse, ExecutionRecord, ExecutionStatus, Requester } from "../../protocol/executions.ts";
import type { InputRequest } from "../../protocol/input.ts";
import type { EndFields } from "./executionState.ts";
import type { KeptOutput } from "./keptOutput.ts";
import type { Task } from "../ports.ts";

/** What an execution knows of itself. Times are in epoch milliseconds. */
export interface ExecutionFacts {
  readonly id: string;
  readonly task: Task;
  readonly target: "editor" | "cli";
  readonly windowId: string;
  readonly requestedBy: Requester | undefined;
  readonly status: ExecutionStatus;
  readonly queuedAt: number;
  readonly startedAt: number | undefined;
  readonly completedAt: number | undefined;
  readonly elapsedMs: number;
  readonly output: Pick<KeptOutput, "text" | "isTruncated">;
  readonly end: EndFields;
  readonly sessionId: string | undefined;
  readonly pendingInput: InputRequest | undefined;
}

/** The body of `POST /api/kiro/execute`. */
export function responseOf(execution: ExecutionFacts): ExecuteResponse {
  const { pendingInput: input } = execution;
  return {
    success: execution.status === "completed",
    output: execution.output.text,
    executionTimeMs: execution.elapsedMs,
    executionId: execution.id,
    status: execution.status,
    ...sharedFields(execution),
    ...(input !== undefined && {
      requiresInput: true,
      questionId: input.questionId,
      prompt: input.prompt,
      inputType: input.inputType,
      ...(input.choices !== undefined && { choices: input.choices }),
    }),
  };
}

/** The execution as a resource. */
export function recordOf(execution: ExecutionFacts): ExecutionRecord {
  const { task, startedAt, completedAt, queuedAt, pendingInput, requestedBy } = execution;
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
    ...(requestedBy !== undefined && { requestedBy }),
    ...(startedAt !== undefined && { executionTimeMs: execution.elapsedMs }),
    ...sharedFields(execution),
    ...(pendingInput !== undefined && { pendingInput }),
  };
}

function sharedFields({ end, output, sessionId }: ExecutionFacts): Partial<ExecuteResponse> {
  return {
    ...end,
    ...(output.isTruncated && { outputTruncated: true }),
    ...(sessionId !== undefined && { sessionId }),
  };
}
