import type { Answerable } from "../../core/commands/submission.ts";
import type { ExecuteResponse } from "../../protocol/executions.ts";

/** Returns the body of `POST /api/kiro/execute`: the result, the error, or the pending question. */
export function responseOf(execution: Answerable): ExecuteResponse {
  const { output, sessionId, pendingInput: input } = execution;
  return {
    success: execution.status === "completed",
    output: output.text,
    executionTimeMs: execution.elapsedMs,
    executionId: execution.id,
    status: execution.status,
    ...execution.end,
    ...(output.isTruncated && { outputTruncated: true }),
    ...(sessionId !== undefined && { sessionId }),
    ...(input !== undefined && {
      requiresInput: true,
      questionId: input.questionId,
      prompt: input.prompt,
      inputType: input.inputType,
      ...(input.choices !== undefined && { choices: input.choices }),
    }),
  };
}
