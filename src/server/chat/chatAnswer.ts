import type { Answerable } from "../../core/commands/submission.ts";
import type { ChatAccepted, ChatQuestion, ChatResponse } from "../../protocol/chat.ts";
import { isDeeperThan, MAX_VALUE_DEPTH } from "../../protocol/values.ts";

/** How the JSON of an answer is found and judged. */
export interface JsonWish {
  /** Undefined when there is none. */
  readonly extract: (text: string) => unknown;
  /** Says what is wrong with it, as the end of a sentence; undefined when nothing is. */
  readonly problemOf: (json: unknown) => Promise<string | undefined>;
}

/** What was found: part of the body. */
export type JsonFinding = Pick<ChatResponse, "json"> | Pick<ChatResponse, "success" | "code" | "error">;

/** The body for a chat that has ended: what the CLI said, as it said it, and the JSON in it when that was asked for. */
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

/** The body of a chat that waits for an answer to the CLI's question. Undefined when it asks nothing now. */
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

/** The body of a chat whose caller does not wait: the question if there is one, else how far it is. */
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
 * Looks for the JSON in the answer of a chat that has ended. Nothing is repaired or invented: JSON that is not there, or
 * does not fit, is no success (docs/kiro-cli.md#m24).
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
