import type { Answerable } from "../../core/commands/submission.ts";
import type { ChatAccepted, ChatQuestion, ChatResponse } from "../../protocol/chat.ts";
import { isDeeperThan, MAX_VALUE_DEPTH } from "../../protocol/values.ts";

/** Extracts and validates the JSON of an answer. */
export interface JsonWish {
  /** Returns undefined if there is none. */
  readonly extract: (text: string) => unknown;
  /** Describes why it is invalid, as the end of a sentence, or returns undefined. */
  readonly problemOf: (json: unknown) => Promise<string | undefined>;
}

/** The JSON fields of the body. */
export type JsonFinding = Pick<ChatResponse, "json"> | Pick<ChatResponse, "success" | "code" | "error">;

/** Returns the body of a chat that has ended: the answer as received, and its JSON if that was requested. */
export function chatResponse(execution: Answerable, isSimulated: boolean, finding?: JsonFinding): ChatResponse {
  const { output, sessionId } = execution;
  const { error, code, stopReason } = execution.end;
  return {
    message: output.text,
    success: execution.status === "completed",
    executionId: execution.id,
    ...(sessionId !== undefined && { sessionId }),
    ...(stopReason !== undefined && { stopReason }),
    ...(output.isTruncated && { isTruncated: true }),
    ...(isSimulated && { simulated: true }),
    ...(error !== undefined && { error }),
    ...(code !== undefined && { code }),
    ...finding,
  };
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

/**
 * Extracts the JSON of a completed chat. Nothing is repaired or invented: missing or invalid JSON is a failure
 * (docs/kiro-cli.md#m24).
 */
export async function findJson(execution: Answerable, { extract, problemOf }: JsonWish): Promise<JsonFinding> {
  if (execution.status !== "completed" || !execution.isKept) return {};
  const json = extract(execution.output.text);
  if (json === undefined) return noJson("The answer contains no JSON.");
  if (isDeeperThan(json, MAX_VALUE_DEPTH)) {
    return noJson(`The JSON in the answer is nested deeper than ${MAX_VALUE_DEPTH} levels.`);
  }
  const problem = await problemOf(json);
  return problem === undefined ? { json } : noJson(`The JSON in the answer ${problem}.`);
}

function noJson(error: string): JsonFinding {
  return { success: false, code: "COMMAND_EXECUTION_FAILED", error };
}
