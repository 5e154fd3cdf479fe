import * as z from "zod";
import { wires } from "./agents/engines.ts";
import { turnUsageSchema } from "./agents/turnUsage.ts";
import { errorCodes } from "./errors.ts";
import { executionStatusSchema, jsonSchema, MAX_TIMEOUT_MS, stopReasonSchema } from "./executions.ts";
import { missingWindowsSchema, windowIdSchema } from "./windows/place.ts";
import { inputRequestSchema } from "./input.ts";

/** Kiro's limit for a prompt in characters (docs/kiro-cli.md#14-reading-stdin). */
export const MAX_PROMPT_LENGTH = 400_000;

const promptText = z
  .string()
  .max(MAX_PROMPT_LENGTH)
  .refine((text) => text.trim() !== "", {
    message: "a prompt without any text",
    params: { rule: "required" },
  });

/** A session: `default`, `fresh` (a new conversation that ends with the turn), any other name, or an ID. */
export const sessionNameSchema = z.string().min(1).max(100);

/** `POST /kiro/chat`. `prompt` and `message` are of the original API (docs/wire-contract.md#7-compatibility). */
export const chatRequestSchema = z
  .strictObject({
    prompt: promptText.optional(),
    message: promptText.optional().describe("Another name for prompt."),
    session: sessionNameSchema.optional(),
    target: z
      .string()
      .min(1)
      .max(50)
      .optional()
      .describe("The agent: `kiro`, or the ID of an engine. Default: the setting `kiroBridge.agents.default`."),
    timeoutMs: z.int().min(1).max(MAX_TIMEOUT_MS).optional(),
    workspacePath: z.string().min(1).max(4096).optional(),
    windowId: windowIdSchema.optional(),
    schema: z
      .record(z.string(), jsonSchema)
      .optional()
      .describe("A JSON Schema. The bridge finds the JSON in the answer, validates it and returns it as json."),
  })
  .refine((request) => (request.prompt === undefined) !== (request.message === undefined), {
    message: "send either prompt or message",
    path: ["prompt"],
    params: { rule: "required" },
  })
  .meta({ id: "ChatRequest" });

export type ChatRequest = z.infer<typeof chatRequestSchema>;

const chatFields = {
  success: z.boolean(),
  executionId: z.string(),
  sessionId: z.string().optional().describe("The session that answered."),
  agent: z.string().optional().describe("The agent that answered: `kiro`, or the ID of an engine."),
  stopReason: stopReasonSchema.optional(),
  json: z.unknown().optional().describe("Only with schema: the JSON of the answer, which matches it."),
  isTruncated: z.boolean().optional(),
  usage: turnUsageSchema.optional().describe("What the turn has used, as far as the agent says it."),
  simulated: z.boolean().optional().describe("True if the built-in simulator answered instead of Kiro CLI."),
  error: z.string().optional(),
  code: z.enum(errorCodes).optional(),
};

/** The response of `POST /kiro/chat`, and the payload of `done` in its stream. */
export const chatResponseSchema = z
  .object({ message: z.string().describe("The complete answer of the CLI, unchanged."), ...chatFields })
  .meta({ id: "ChatResponse" });

export type ChatResponse = z.infer<typeof chatResponseSchema>;

/** 202 if the CLI asks a question: answer it with `POST /api/kiro/input`, then follow the execution. */
export const chatQuestionSchema = z
  .object({
    message: z.string(),
    success: z.literal(false),
    executionId: z.string(),
    status: z.string(),
    sessionId: z.string().optional(),
    requiresInput: z.literal(true),
    questionId: inputRequestSchema.shape.questionId,
    prompt: z.string(),
    inputType: inputRequestSchema.shape.inputType,
    choices: z.array(z.string()).optional(),
  })
  .meta({ id: "ChatQuestion" });

export type ChatQuestion = z.infer<typeof chatQuestionSchema>;

/** 202 with `Prefer: respond-async`: the turn continues, follow the execution. */
export const chatAcceptedSchema = z
  .object({
    message: z.string().describe("What the CLI has said so far."),
    success: z.boolean().describe("True for a repeated request whose execution has completed."),
    executionId: z.string(),
    status: executionStatusSchema,
    sessionId: z.string().optional(),
  })
  .meta({ id: "ChatAccepted" });

export type ChatAccepted = z.infer<typeof chatAcceptedSchema>;

/** States of a session: without a process, starting one, waiting for a prompt, in a turn, ended. */
const sessionStates = ["sleeping", "starting", "idle", "busy", "closed"] as const;
export type SessionState = (typeof sessionStates)[number];

const sessionSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    agent: z.string().optional().describe("The agent of the session: `kiro`, or the ID of an engine."),
    workspacePath: z.string(),
    principalId: z
      .string()
      .optional()
      .describe("The principal that the session belongs to. Absent for a shared session."),
    state: z.enum(sessionStates),
    transport: z
      .enum(["acp", "oneshot", "pipe", ...wires])
      .optional()
      .describe("Absent if the session has no process."),
    turns: z.int(),
    restarts: z.int().describe("How often the process of the session was replaced."),
    crashes: z.int().describe("Crashes since the last successful turn."),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    simulated: z.boolean().optional(),
    windowId: z.string().optional().describe("The window that has the session."),
  })
  .meta({ id: "KiroSession" });

export type SessionRecord = z.infer<typeof sessionSchema>;

/** `GET /kiro/sessions`. */
export const sessionListSchema = z
  .object({ sessions: z.array(sessionSchema), missingWindows: missingWindowsSchema.optional() })
  .meta({ id: "KiroSessionList" });

/** `DELETE /kiro/sessions/{id}`. */
export const sessionClosedSchema = z
  .object({ closed: z.literal(true), sessionId: z.string() })
  .meta({ id: "KiroSessionClosed" });
