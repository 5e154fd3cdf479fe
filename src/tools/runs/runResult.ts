import * as z from "zod";
import { errorCodes } from "../../protocol/errors.ts";
import { isFinal } from "../../protocol/executionStatus.ts";
import { executionStatusSchema, type ExecutionRecord } from "../../protocol/executions.ts";
import { inputTypes } from "../../protocol/input.ts";
import type { ToolCall } from "../table/toolCall.ts";
import type { ToolOutcome } from "../table/toolDefinition.ts";

/** Maximum length of a text or of a JSON value in a result, in characters. The resource of the execution has the rest. */
const MAX_TEXT = 32 * 1024;

const questionSchema = z
  .object({
    questionId: z.string(),
    prompt: z.string(),
    inputType: z.enum(inputTypes),
    choices: z.array(z.string()).optional(),
    expiresAt: z.string(),
  })
  .describe("The question that the execution waits with.");

/** The result of a tool that runs something. */
export const runResultSchema = z.object({
  executionId: z.string(),
  status: executionStatusSchema,
  output: z.string().describe("What it has returned or written, as text."),
  isOutputCut: z
    .boolean()
    .optional()
    .describe("True if the output or the result is incomplete. The resource of the execution has all that is kept."),
  result: z.unknown().optional().describe("The exact value that a command has returned."),
  error: z.string().optional(),
  code: z.enum(errorCodes).optional(),
  stopReason: z.string().optional().describe("Why the turn of an agent has ended."),
  sessionId: z.string().optional(),
  executionTimeMs: z.int().optional(),
  question: questionSchema.optional(),
});

export type RunResult = z.infer<typeof runResultSchema>;

/** Returns an execution as the result of a call. One that has not completed is an error, unless it goes on. */
export function runOutcome(record: ExecutionRecord, addressOf: ToolCall["addressOf"]): ToolOutcome<RunResult> {
  const structured = runResultOf(record);
  return {
    structured,
    text: textOf(structured, addressOf(record.id)),
    ...(structured.isOutputCut === true && { cut: { executionId: record.id, command: record.command } }),
    isError: isFinal(record.status) && record.status !== "completed",
  };
}

/** Returns the structured result of an execution. */
function runResultOf(record: ExecutionRecord): RunResult {
  const { status, output, result, error, code, stopReason, sessionId, executionTimeMs, pendingInput } = record;
  const isLong = output.length > MAX_TEXT;
  // A textual result is the output.
  const value = result === output ? undefined : result;
  const isLarge = value !== undefined && JSON.stringify(value).length > MAX_TEXT;
  return {
    executionId: record.id,
    status,
    output: isLong ? output.slice(0, MAX_TEXT) : output,
    ...((isLong || isLarge || record.outputTruncated === true) && { isOutputCut: true }),
    ...(value !== undefined && !isLarge && { result: value }),
    ...(error !== undefined && { error: error.slice(0, MAX_TEXT) }),
    ...(code !== undefined && { code }),
    ...(stopReason !== undefined && { stopReason }),
    ...(sessionId !== undefined && { sessionId }),
    ...(executionTimeMs !== undefined && { executionTimeMs }),
    ...(pendingInput !== undefined && { question: questionSchema.parse(pendingInput) }),
  };
}

function textOf(
  { executionId, status, output, error, question, isOutputCut }: RunResult,
  address: string | undefined,
): string {
  const rest = address === undefined ? "" : `; read ${address} for the rest`;
  const cut = isOutputCut === true ? `\n(incomplete${rest})` : "";
  if (question !== undefined) return waitingText(executionId, question);
  if (status === "completed") return output === "" ? `Execution ${executionId} has completed.` : `${output}${cut}`;
  if (!isFinal(status)) return `Execution ${executionId} is ${status}. ${output}${cut}`;
  const why = error ?? `Execution ${executionId} has ended: ${status}.`;
  return output === "" ? why : `${why}\n${output}${cut}`;
}

function waitingText(executionId: string, { prompt, choices }: z.infer<typeof questionSchema>): string {
  const offered = choices === undefined ? "" : ` Choices: ${choices.join(" | ")}.`;
  return (
    `Execution ${executionId} waits for an answer to: ${prompt}.${offered} The user answers in Kiro Bridge in the ` +
    "editor, or another program with the scope inputs:answer does. Then read the result with get_execution."
  );
}
