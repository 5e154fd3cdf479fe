import type { Answerable } from "../../core/commands/submission.ts";
import { agentOfTarget } from "../../core/models/agentChoice.ts";
import type { ChatAccepted, ChatQuestion, ChatResponse } from "../../protocol/chat.ts";
import { turnUsageSchema, type TurnUsage } from "../../protocol/agents/turnUsage.ts";
import { findJsonIn, type JsonFinding, type JsonWish } from "./jsonWish.ts";

/** Returns the body of a chat that has ended: the answer as received, and its JSON if that was requested. */
export function chatResponse(execution: Answerable, isSimulated: boolean, finding?: JsonFinding): ChatResponse {
  const { output, sessionId, target = "cli" } = execution;
  const { error, code, stopReason } = execution.end;
  const usage = usageOf(execution);
  return {
    message: output.text,
    success: execution.status === "completed",
    executionId: execution.id,
    ...(sessionId !== undefined && { sessionId }),
    ...(stopReason !== undefined && { stopReason }),
    ...(output.isTruncated && { isTruncated: true }),
    ...(usage !== undefined && { usage }),
    ...(isSimulated && target === "cli" && { simulated: true }),
    agent: agentOfTarget(target),
    ...(error !== undefined && { error }),
    ...(code !== undefined && { code }),
    ...finding,
  };
}

/** Returns what a turn has used; undefined if its agent has not said it. */
function usageOf({ end }: Answerable): TurnUsage | undefined {
  const { data } = turnUsageSchema.safeParse(end.result);
  return data === undefined || Object.keys(data).length === 0 ? undefined : data;
}

/** Returns the body of a chat with an open question, or undefined. */
function chatQuestion(execution: Answerable): ChatQuestion | undefined {
  const { id: executionId, status, output, sessionId, pendingInput } = execution;
  if (pendingInput === undefined) return undefined;
  const { questionId, prompt, inputType, choices } = pendingInput;
  return {
    message: output.text,
    success: false,
    executionId,
    status,
    ...(sessionId !== undefined && { sessionId }),
    requiresInput: true,
    questionId,
    prompt,
    inputType,
    ...(choices !== undefined && { choices }),
  };
}

/** Returns the body of an asynchronous chat: the open question, or the current status. */
export function chatAccepted(execution: Answerable): ChatAccepted | ChatQuestion {
  const { id: executionId, status, output, sessionId } = execution;
  const success = status === "completed";
  const accepted = {
    message: output.text,
    success,
    executionId,
    status,
    ...(sessionId !== undefined && { sessionId }),
  };
  return chatQuestion(execution) ?? accepted;
}

/** Finds the JSON of a completed chat; see `findJsonIn`. */
export async function findJson(execution: Answerable, wish: JsonWish): Promise<JsonFinding | undefined> {
  if (execution.status !== "completed" || !execution.isKept) return undefined;
  return await findJsonIn(execution.output.text, wish);
}
