import * as z from "zod";
import { principalRefSchema } from "./access.ts";
import { errorCodes } from "./errors.ts";
import { executionStatuses } from "./executionStatus.ts";
import { unavailableCauses } from "./unavailable.ts";
import { gatewayIds } from "./clients.ts";
import { inputRequestSchema, waitingForSchema } from "./input.ts";
import { missingWindowsSchema, windowIdSchema } from "./windows/place.ts";
import { type Json, isDeeperThan, MAX_VALUE_DEPTH } from "./values.ts";

/** The longest prompt, in characters. Kiro's own limit is 400,000. */
const MAX_PROMPT_LENGTH = 1_000_000;
/** The longest id of a command, in characters. */
export const MAX_COMMAND_ID_LENGTH = 1000;
/** Maximum timeout in a request, in milliseconds: 30 minutes. */
export const MAX_TIMEOUT_MS = 1_800_000;

/** A JSON value whose nesting depth ordinary parsers can handle. */
export const jsonSchema = z.unknown().refine((value): value is Json => !isDeeperThan(value, MAX_VALUE_DEPTH), {
  message: `nested deeper than ${MAX_VALUE_DEPTH} levels`,
  params: { rule: "depth" },
}) as z.ZodType<Json>;

/**
 * An array of strings. Reports the first wrong element only: zod would report each of five million in 10 MB of JSON.
 */
const textsSchema = z
  .unknown()
  .superRefine((list, context) => {
    if (!Array.isArray(list)) {
      context.addIssue({ code: "invalid_type", expected: "array", input: list });
      return;
    }
    const wrong = list.findIndex((item) => typeof item !== "string");
    if (wrong >= 0) context.addIssue({ code: "invalid_type", expected: "string", input: list[wrong], path: [wrong] });
  })
  .refine((list): list is string[] => Array.isArray(list))
  .meta({ type: "array", items: { type: "string" } });

/** An open list: the dispatcher rejects values that are not a target of this window. */
const wantedTargetSchema = z
  .unknown()
  .refine((value): value is string => typeof value === "string", {
    message: 'expected "auto" or the ID of a target',
    params: { rule: "invalid_value", expected: "auto | editor | cli" },
  })
  .meta({ type: "string" });

/** `POST /api/kiro/execute`. The first three fields are of the original API (docs/wire-contract.md#7-compatibility). */
export const executeRequestSchema = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .max(MAX_PROMPT_LENGTH)
      .describe(
        `The ID of an editor command or a \`kiro.cli.*\` command, of at most ${MAX_COMMAND_ID_LENGTH} characters, or the prompt itself if target is cli.`,
      ),
    args: textsSchema.optional().describe("Arguments as strings."),
    workspacePath: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe("Absolute path of a folder that is open in a window, or of a file or folder inside it."),
    windowId: windowIdSchema.optional(),
    params: z
      .array(jsonSchema)
      .optional()
      .describe(
        'Typed arguments, instead of args. Objects such as {"$type":"Uri","value":"file:///…"} become objects of the editor.',
      ),
    target: wantedTargetSchema
      .optional()
      .describe(
        "auto (default): depends only on the command ID. Or the ID of a target: editor, cli, plugin, or route, for which the command is a request for the plugin that fits best.",
      ),
    timeoutMs: z
      .int()
      .min(1)
      .max(MAX_TIMEOUT_MS)
      .optional()
      .describe("Maximum duration, including the time in the queue, in milliseconds."),
    session: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe("Kiro CLI session: default, fresh, any name, or the ID of a session."),
  })
  .superRefine((request, context) => {
    if (request.args !== undefined && request.params !== undefined) {
      const message = "send either args or params, not both";
      context.addIssue({ code: "custom", path: ["params"], message, params: { rule: "exclusive" } });
    }
    // An explicit target may accept longer texts: with cli, the command is a prompt.
    const { target = "auto" } = request;
    if ((target !== "auto" && target !== "editor") || request.command.length <= MAX_COMMAND_ID_LENGTH) return;
    const message = `a command ID has at most ${MAX_COMMAND_ID_LENGTH} characters`;
    context.addIssue({ code: "too_big", origin: "string", maximum: MAX_COMMAND_ID_LENGTH, path: ["command"], message });
  })
  .meta({ id: "ExecuteCommandRequest" });

export type ExecuteRequest = z.infer<typeof executeRequestSchema>;

/** The ID of a target. Clients must expect further values. */
export const targetIdSchema = z
  .string()
  .describe("Where the command runs: editor, cli, plugin, route. Further values may be added.");

export const executionStatusSchema = z.enum(executionStatuses);

const failureFields = {
  error: z.string().optional().describe("Why the command failed, for people."),
  code: z.enum(errorCodes).optional().describe("Why the command failed, for programs."),
  cause: z.enum(unavailableCauses).optional().describe("With KIRO_UNAVAILABLE: the exact cause."),
};

/** Of an agent's turn. */
export const stopReasonSchema = z
  .string()
  .describe("Why the turn ended, as reported by the CLI: end_turn, max_tokens, refusal …");

/** Answer of `POST /api/kiro/execute`: 200 at the end, 202 while it goes on. */
export const executeResponseSchema = z
  .object({
    success: z.boolean(),
    output: z
      .string()
      .describe("What the command returned, as text: '' if nothing was returned, JSON if it is not a string."),
    ...failureFields,
    executionTimeMs: z.int().min(0),
    executionId: z.string(),
    status: executionStatusSchema,
    result: z.unknown().optional().describe('The exact value. Values that JSON cannot represent are {"$type":…}.'),
    exitCode: z.int().optional(),
    stopReason: stopReasonSchema.optional(),
    outputTruncated: z.boolean().optional(),
    sessionId: z.string().optional(),
    requiresInput: z.boolean().optional(),
    questionId: inputRequestSchema.shape.questionId.optional(),
    prompt: z.string().optional(),
    inputType: inputRequestSchema.shape.inputType.optional(),
    choices: z.array(z.string()).optional(),
  })
  .meta({ id: "ExecuteCommandResponse" });

export type ExecuteResponse = z.infer<typeof executeResponseSchema>;

export const requesterSchema = z
  .object({
    origin: z.enum(["program", "editor"]).describe("`editor`: the user, in the editor itself."),
    name: z
      .string()
      .optional()
      .describe("What the program calls itself in its User-Agent header. With `via` agent: the ID of the agent."),
    principal: principalRefSchema.optional().describe("Who sent it, as authenticated."),
    via: z
      .enum([...gatewayIds, "agent"])
      .optional()
      .describe(
        "The gateway that it came through. `agent`: an agent has requested it as a tool, for the principal of its own execution. Absent for the API of the bridge itself.",
      ),
  })
  .describe("Who sent the request. Absent in records of earlier versions.");

export type Requester = z.infer<typeof requesterSchema>;

export const originTraceSchema = z
  .string()
  .describe("The `traceparent` that the program has sent, as W3C Trace Context describes it.");

export const parentIdSchema = z
  .string()
  .describe("The execution in which an agent has requested this one. It is cancelled when that one ends.");

/**
 * An execution: the original API's `CommandExecution` (docs/wire-contract.md#7-compatibility) and additional fields.
 */
export const executionSchema = z
  .object({
    id: z.string().describe("`exec-<epoch ms>-<counter>-<letters and digits that identify the run of the bridge>`"),
    executionId: z
      .string()
      .optional()
      .describe("The same ID, under the name that other responses use; absent in old records."),
    command: z.string(),
    args: z.array(z.string()),
    params: z.array(z.unknown()).optional(),
    workspacePath: z.string().optional(),
    startedAt: z.iso.datetime().describe("While the execution is queued, the time when it was queued."),
    completedAt: z.iso.datetime().optional(),
    status: executionStatusSchema,
    output: z.string(),
    ...failureFields,
    target: targetIdSchema,
    queuedAt: z.iso.datetime(),
    windowId: z.string(),
    session: z.string().optional().describe("The session that was asked for, as in the request."),
    sessionId: z.string().optional(),
    requestedBy: requesterSchema.optional(),
    parentId: parentIdSchema.optional(),
    traceparent: originTraceSchema.optional(),
    executionTimeMs: z.int().min(0).optional(),
    result: z.unknown().optional(),
    exitCode: z.int().optional(),
    stopReason: stopReasonSchema.optional(),
    outputTruncated: z.boolean().optional(),
    contentOmitted: z
      .boolean()
      .optional()
      .describe(
        "The execution comes from the history, and kiroBridge.history.storeOutput was off: arguments, output and error were not kept.",
      ),
    contentTruncated: z
      .boolean()
      .optional()
      .describe(
        "Texts or values are truncated. In a list, to a preview: GET the execution to read the rest. From the history, to the 1 Mi characters that it keeps of one run.",
      ),
    contentMasked: z
      .boolean()
      .optional()
      .describe("The execution comes from the history, which replaced secrets by `(hidden)`."),
    pendingInput: inputRequestSchema.optional(),
    waitingFor: waitingForSchema.optional(),
  })
  .meta({ id: "CommandExecution" });

export type ExecutionRecord = z.infer<typeof executionSchema>;

/** `GET /api/kiro/executions`, newest first. */
export const executionListQuerySchema = z.strictObject({
  status: executionStatusSchema.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(100).optional(),
  search: z.string().max(200).optional().describe("A part of the command, its arguments, its output or its error."),
  parentId: z.string().min(1).max(100).optional().describe("Only what an agent has requested in this execution."),
});

export type ExecutionListQuery = z.infer<typeof executionListQuerySchema>;

/** Maximum `wait` in seconds, below the timeout of 60 s of many proxies. */
export const MAX_WAIT_SECONDS = 50;
const DIGITS = /^\d{1,9}$/;

/** `GET /api/kiro/executions/{id}`. Rejects an empty `wait`, which is often an unset variable. */
export const executionQuerySchema = z.object({
  wait: z
    .preprocess(
      (text) => (typeof text === "string" && DIGITS.test(text) ? Number(text) : text),
      z.int().min(0).max(MAX_WAIT_SECONDS),
    )
    .optional()
    .describe(
      `Waits up to this many seconds, at most ${MAX_WAIT_SECONDS}, for the execution to end or to ask a question. 0: does not wait.`,
    ),
});

export const executionListSchema = z
  .object({
    executions: z.array(executionSchema),
    nextCursor: z.string().optional(),
    missingWindows: missingWindowsSchema.optional(),
  })
  .meta({ id: "ExecutionList" });

export type ExecutionList = z.infer<typeof executionListSchema>;

/**
 * The effect of a cancellation: removed from the queue, cancelled by the target, killed, or none because the command
 * cannot be cancelled.
 */
export const cancelResponseSchema = z
  .object({
    status: executionStatusSchema,
    how: z.enum(["dequeued", "cooperative", "killed", "not-cancellable"]),
  })
  .meta({ id: "CancelResponse" });

export type CancelResponse = z.infer<typeof cancelResponseSchema>;
export type CancelWay = CancelResponse["how"];

/** `POST /api/kiro/policy/check`: the decision for a request, which is not executed. */
export const policyCheckResponseSchema = z
  .object({
    allowed: z.boolean(),
    target: targetIdSchema,
    known: z.boolean().describe("Whether the command currently exists."),
    rule: z
      .object({ setting: z.string(), pattern: z.string().optional() })
      .optional()
      .describe(
        "The rule that decided. Its setting is `built-in` if no setting can change it, and `access` for a rule of the client's own access.",
      ),
    scope: z.string().optional().describe("The scope that the client's access does not include."),
  })
  .meta({ id: "PolicyCheckResponse" });

export type PolicyCheckResponse = z.infer<typeof policyCheckResponseSchema>;
