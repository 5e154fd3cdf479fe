import * as z from "zod";
import { type Clock } from "../../base/clock.ts";
import { BridgeError } from "../../protocol/errors.ts";
import {
  cancelResponseSchema,
  executionListQuerySchema,
  type ExecutionRecord,
  executionStatusSchema,
  MAX_WAIT_SECONDS,
} from "../../protocol/executions.ts";
import { answerTo } from "../../protocol/input.ts";
import { missingWindowsSchema } from "../../protocol/windows/place.ts";
import type { CoreDeps } from "../../server/serverModule.ts";
import { listAllExecutions } from "../../server/windows/listAllExecutions.ts";
import { runOutcome, runResultSchema } from "../runs/runResult.ts";
import type { Runs } from "../runs/runs.ts";
import type { RunCall } from "./toolCall.ts";
import { defineTool, type ToolDefinition } from "./toolDefinition.ts";

export interface ExecutionToolsDeps {
  readonly history: CoreDeps["history"];
  readonly runs: Runs;
  readonly clock: Clock;
}

const reading = { isReadOnly: true, isOpenWorld: false } as const;
const executionIdSchema = z.string().min(1).max(100);

/** Creates the tools for executions, whichever program has requested them. */
export function executionTools(deps: ExecutionToolsDeps): ToolDefinition[] {
  return [listExecutions(deps), getExecution(deps), cancelExecution(deps), answerQuestion(deps)];
}

function listExecutions({ history }: ExecutionToolsDeps): ToolDefinition {
  return defineTool({
    name: "list_executions",
    title: "List executions",
    description: "Lists what programs, agents and the user have run, the newest first.",
    hints: reading,
    input: z.strictObject({
      status: executionStatusSchema.optional(),
      search: executionListQuerySchema.shape.search,
      limit: z.int().min(1).max(100).default(20),
      cursor: z.string().max(100).optional().describe("nextCursor of the previous page."),
    }),
    output: z.object({
      executions: z.array(
        z.object({
          executionId: z.string(),
          command: z.string(),
          status: executionStatusSchema,
          startedAt: z.string(),
          completedAt: z.string().optional(),
          error: z.string().optional(),
          windowId: z.string(),
          requestedBy: z.string().optional().describe("The name of the program, or of its access."),
        }),
      ),
      nextCursor: z.string().optional(),
      missingWindows: missingWindowsSchema.optional(),
    }),
    async run(query, { windows: { others }, caller }) {
      caller.principal.scopes.assert("history:read:own");
      const own = () => history.list(query, caller.principal);
      const { executions, ...page } =
        others.length === 0 ? await own() : await listAllExecutions(others, query, caller, own);
      return { structured: { ...page, executions: executions.map(summaryOf) } };
    },
  });
}

function summaryOf({ id, command, status, startedAt, completedAt, error, windowId, requestedBy }: ExecutionRecord) {
  const by = requestedBy?.name ?? requestedBy?.principal?.name;
  return {
    executionId: id,
    command,
    status,
    startedAt,
    ...(completedAt !== undefined && { completedAt }),
    ...(error !== undefined && { error }),
    windowId,
    ...(by !== undefined && { requestedBy: by }),
  };
}

function getExecution({ runs, clock }: ExecutionToolsDeps): ToolDefinition {
  return defineTool({
    name: "get_execution",
    title: "Read an execution",
    description: "Returns the status, the output and the result of an execution, or the question that it waits with.",
    hints: reading,
    input: z.strictObject({
      executionId: executionIdSchema,
      waitSeconds: z
        .int()
        .min(0)
        .max(MAX_WAIT_SECONDS)
        .default(0)
        .describe("Waits up to this many seconds for it to end or to ask a question."),
    }),
    output: runResultSchema,
    async run({ executionId, waitSeconds }, call) {
      call.caller.principal.scopes.assert("history:read:own");
      if (waitSeconds > 0) await settledWithin(waitSeconds * 1000, executionId, call);
      const outcome = runOutcome(await runs.record(call, executionId), call.addressOf);
      // What it shows is no failure of this call.
      return { ...outcome, isError: false };
    },
  });

  async function settledWithin(ms: number, executionId: string, call: RunCall): Promise<void> {
    const late = new AbortController();
    const timer = clock.after(ms, () => late.abort());
    try {
      await runs.whenSettled({ ...call, signal: AbortSignal.any([call.signal, late.signal]) }, executionId);
    } catch (error) {
      if (!late.signal.aborted || call.signal.aborted) throw error;
    } finally {
      await timer.dispose();
    }
  }
}

function cancelExecution({ runs }: ExecutionToolsDeps): ToolDefinition {
  return defineTool({
    name: "cancel_execution",
    title: "Cancel an execution",
    description: "Cancels an execution that is queued or running, as far as its command can be cancelled.",
    hints: { isReadOnly: false, isDestructive: true, isIdempotent: true, isOpenWorld: false },
    input: z.strictObject({ executionId: executionIdSchema }),
    output: z.object({ executionId: z.string(), ...cancelResponseSchema.shape }),
    async run({ executionId }, call) {
      return { structured: { executionId, ...(await runs.cancel(call, executionId)) } };
    },
  });
}

function answerQuestion({ runs }: ExecutionToolsDeps): ToolDefinition {
  return defineTool({
    name: "answer_question",
    title: "Answer a question",
    description:
      "Answers the question that an execution of another program waits with, such as whether an agent may use a tool. Only for programs that the user has let answer. An answer that allows something cannot be taken back.",
    hints: { isReadOnly: false, isDestructive: true, isIdempotent: false, isOpenWorld: false },
    input: z.strictObject({
      executionId: executionIdSchema,
      questionId: z.string().min(1).max(100).describe("The question that is answered, as get_execution shows it."),
      value: z.string().min(1).max(100_000).describe("One of its choices, or a text."),
    }),
    output: z.object({ executionId: z.string(), questionId: z.string() }),
    async run({ executionId, questionId, value }, call) {
      const { principal } = call.caller;
      principal.scopes.assert("inputs:answer");
      const { pendingInput, requestedBy } = await runs.record(call, executionId);
      if (requestedBy?.principal?.id === principal.id) throw ownQuestion();
      if (pendingInput === undefined) throw new BridgeError("NOT_FOUND", "This execution waits for no answer.");
      const { inputType } = pendingInput;
      await runs.answer(call, answerTo(executionId, { questionId, inputType }, value));
      return { structured: { executionId, questionId } };
    },
  });
}

function ownQuestion(): BridgeError {
  const message =
    "The program that has requested an execution cannot answer its questions: the user does, or another program.";
  return new BridgeError("ACCESS_DENIED", message, { rule: "own-question" });
}
