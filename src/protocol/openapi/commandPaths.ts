import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { errorBodySchema } from "../errorBody.ts";
import {
  cancelResponseSchema,
  executeRequestSchema,
  executeResponseSchema,
  executionListQuerySchema,
  executionListSchema,
  executionQuerySchema,
  executionSchema,
  executionStatusSchema,
  policyCheckResponseSchema,
} from "../executions.ts";
import { inputAnswerSchema, inputResponseSchema } from "../input.ts";
import {
  curlLine,
  acceptedHeaders,
  errors,
  eventStream,
  EXAMPLE_ID,
  EXAMPLE_QUESTION_ID,
  EXAMPLE_TIME,
  json,
  runHeaders,
} from "./answers.ts";
import { eventQuerySchema } from "../socket.ts";
import { eventSchema } from "./eventSchemas.ts";

/**
 * Errors of `POST /api/kiro/execute`, which also have the fields of the original API
 * (docs/wire-contract.md#7-compatibility).
 */
export const executeErrorSchema = z
  .object({
    ...errorBodySchema.shape,
    success: z.literal(false),
    output: z.string(),
    error: z.string(),
    executionTimeMs: z.int().min(0),
    status: executionStatusSchema.optional(),
  })
  .meta({ id: "ExecuteCommandError" });

const executionId = z.object({ id: z.string().meta({ description: "The ID of an execution.", example: EXAMPLE_ID }) });
const untitledFile = { command: "workbench.action.files.newUntitledFile" };
const nothing = { $type: "Undefined" };
const ended = {
  success: true,
  output: "",
  executionTimeMs: 38,
  executionId: EXAMPLE_ID,
  status: "completed",
  result: nothing,
};
const record = {
  id: EXAMPLE_ID,
  executionId: EXAMPLE_ID,
  ...untitledFile,
  args: [],
  startedAt: EXAMPLE_TIME,
  completedAt: EXAMPLE_TIME,
  status: "completed",
  output: "",
  target: "editor",
  queuedAt: EXAMPLE_TIME,
  windowId: "window-1",
  executionTimeMs: 38,
  result: nothing,
};

const executeRequests = {
  untitledFile: { summary: "Open an untitled file", value: untitledFile },
  typed: {
    summary: "Typed arguments",
    value: { command: "vscode.open", params: [{ $type: "Uri", value: "file:///home/me/notes.txt" }] },
  },
};

const executeAnswers = {
  completed: { value: ended },
  failed: {
    summary: "The command ran and failed, or does not exist",
    value: {
      success: false,
      output: "",
      executionTimeMs: 1,
      executionId: EXAMPLE_ID,
      status: "failed",
      error:
        "Command 'workbench.action.newUntitledFile' not found. Did you mean 'workbench.action.files.newUntitledFile'?",
      code: "COMMAND_EXECUTION_FAILED",
    },
  },
};

/** Executing commands, and following executions. */
export const commandPaths: ZodOpenApiPathsObject = {
  "/api/kiro/execute": {
    post: {
      operationId: "execute",
      "x-required-scope": ["commands:run", "agents:prompt"],
      tags: ["Commands"],
      summary: "Run a command",
      description:
        "Returns when the command has ended, or at its first question. A command that ran and failed is a response (200, `success: false`). It is an error if the bridge rejected the command, could not run it, or no longer waits for it. Closing the connection does not cancel the command.",
      requestParams: { header: runHeaders },
      requestBody: {
        required: true,
        content: { "application/json": { schema: executeRequestSchema, examples: executeRequests } },
      },
      responses: {
        200: {
          description: "The command has ended.",
          content: { "application/json": { schema: executeResponseSchema, examples: executeAnswers } },
        },
        202: {
          ...json(
            "The command continues, because of `respond-async` or because it asks a question (`requiresInput`).",
            executeResponseSchema,
            {
              success: false,
              output: "",
              executionTimeMs: 0,
              executionId: EXAMPLE_ID,
              status: "running",
            },
          ),
          headers: acceptedHeaders,
        },
        ...errors({
          codes: ["NOT_FOUND", "CONFLICT"],
          readsBody: true,
          extended: {
            schema: executeErrorSchema,
            example: { success: false, output: "", error: "(the same as message)", executionTimeMs: 0 },
          },
        }),
      },
    },
  },
  "/api/kiro/executions": {
    get: {
      operationId: "listExecutions",
      "x-required-scope": "history:read:own",
      tags: ["Executions"],
      summary: "List executions, newest first",
      description:
        "Each execution is a preview of at most 10,000 characters of text. If texts are truncated, `contentTruncated` is set, and `GET /api/kiro/executions/{id}` returns the complete execution. A page ends at `limit`, at about 1 MiB of JSON, or after 2 s of searching. It may have fewer executions than `limit`, even none, and is the last one only if it has no `nextCursor`.",
      requestParams: { query: executionListQuerySchema },
      responses: {
        200: json("One page of executions.", executionListSchema, { executions: [record], nextCursor: EXAMPLE_ID }),
        ...errors(),
      },
    },
  },
  "/api/kiro/executions/{id}": {
    get: {
      operationId: "getExecution",
      "x-required-scope": "history:read:own",
      tags: ["Executions"],
      summary: "Get an execution",
      description:
        "With `wait`, the response is sent when the execution ends or asks a question, or when the time has passed; `status` and `pendingInput` show which. An execution that has ended or has a pending question is returned immediately. A waiting request counts as a connection: if there are too many, the response is 429.",
      requestParams: { path: executionId, query: executionQuerySchema },
      responses: {
        200: json("The current state of the execution.", executionSchema, record),
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
  },
  "/api/kiro/executions/{id}/events": {
    get: {
      operationId: "followExecution",
      "x-required-scope": "events:read:own",
      tags: ["Executions"],
      summary: "Stream the events of an execution",
      description: `Starts at the beginning, or after \`Last-Event-ID\`. The stream ends after the final event. ${curlLine(`/api/kiro/executions/${EXAMPLE_ID}/events`)}`,
      requestParams: {
        path: executionId,
        query: eventQuerySchema.pick({ ticket: true }),
        header: z.object({
          "Last-Event-ID": z.string().optional().describe("The ID of the last event that the client received."),
        }),
      },
      responses: {
        200: eventStream(
          "Server-Sent Events: `event` is the type, `id` is the eventId, and `data` is a BridgeEvent as JSON.",
          eventSchema,
        ),
        204: { description: "The execution has ended, and no events follow `Last-Event-ID`." },
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
  },
  "/api/kiro/executions/{id}/cancel": {
    post: {
      operationId: "cancelExecution",
      "x-required-scope": "executions:cancel:own",
      tags: ["Executions"],
      summary: "Cancel an execution",
      description:
        "A queued execution is removed from the queue. A running prompt is asked to stop, and killed if it does not. A running editor command cannot be stopped.",
      requestParams: { path: executionId },
      requestBody: { required: false, content: { "application/json": { schema: z.strictObject({}), example: {} } } },
      responses: {
        200: json("The result of the cancellation.", cancelResponseSchema, { status: "cancelled", how: "dequeued" }),
        ...errors({ codes: ["NOT_FOUND"], readsBody: true }),
      },
    },
  },
  "/api/kiro/input": {
    post: {
      operationId: "answerInput",
      "x-required-scope": "inputs:answer:own",
      tags: ["Executions"],
      summary: "Answer a question of an execution",
      description:
        "The first valid answer is accepted. After an invalid value, the question stays pending. Send the `questionId` of the question: an answer to another question returns 409, and without a `questionId`, an answer is only accepted for the first question of an execution.",
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: inputAnswerSchema,
            example: {
              executionId: EXAMPLE_ID,
              questionId: EXAMPLE_QUESTION_ID,
              type: "choice",
              value: "Allow once",
            },
          },
        },
      },
      responses: {
        200: json("The answer was accepted.", inputResponseSchema, {
          success: true,
          executionId: EXAMPLE_ID,
          questionId: EXAMPLE_QUESTION_ID,
        }),
        ...errors({ codes: ["NOT_FOUND", "CONFLICT"], readsBody: true }),
      },
    },
  },
  "/api/kiro/policy/check": {
    post: {
      operationId: "checkPolicy",
      "x-required-scope": "any",
      tags: ["Commands"],
      summary: "Check whether a request would be allowed",
      description: "This does not run anything.",
      requestBody: {
        required: true,
        content: { "application/json": { schema: executeRequestSchema, example: { command: "kiroBridge.copyToken" } } },
      },
      responses: {
        200: json("The decision.", policyCheckResponseSchema, {
          allowed: false,
          target: "editor",
          known: true,
          rule: { setting: "kiroBridge.commands.deny", pattern: "kiroBridge.*" },
        }),
        ...errors({ readsBody: true }),
      },
    },
  },
};
