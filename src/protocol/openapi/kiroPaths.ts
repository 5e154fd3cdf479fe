import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import {
  chatAcceptedSchema,
  chatQuestionSchema,
  chatRequestSchema,
  chatResponseSchema,
  sessionClosedSchema,
  sessionListSchema,
} from "../chat.ts";
import { placeQuerySchema } from "../windows/place.ts";
import {
  acceptedHeaders,
  errors,
  eventStream,
  EXAMPLE_ID,
  EXAMPLE_QUESTION_ID,
  EXAMPLE_TIME,
  json,
  runHeaders,
} from "./answers.ts";
import { chatStreamSchema } from "./eventSchemas.ts";

const session = {
  id: "sess-1",
  name: "default",
  workspacePath: "/home/me/project",
  state: "idle",
  transport: "acp",
  turns: 1,
  restarts: 0,
  crashes: 0,
  createdAt: EXAMPLE_TIME,
  lastUsedAt: EXAMPLE_TIME,
};

const streamed = eventStream(
  "With `Accept: text/event-stream`: `delta` events with parts of the answer, questions when they are asked, then `done` with a ChatResponse.",
  chatStreamSchema,
);

const prompts = {
  plain: { value: { prompt: "Hello Kiro" } },
  withSchema: {
    summary: "The answer as JSON that matches a schema",
    value: {
      prompt: "Which three files are the largest? Answer as JSON.",
      session: "fresh",
      schema: { type: "array", items: { type: "string" } },
    },
  },
};

/** Prompts for the Kiro CLI, and its sessions. */
export const kiroPaths: ZodOpenApiPathsObject = {
  "/kiro/chat": {
    post: {
      operationId: "chat",
      "x-required-scope": "agents:prompt",
      tags: ["Kiro CLI"],
      summary: "Ask Kiro CLI",
      requestParams: { header: runHeaders },
      requestBody: {
        required: true,
        content: { "application/json": { schema: chatRequestSchema, examples: prompts } },
      },
      responses: {
        200: {
          description: `The answer. ${streamed.description}`,
          content: {
            "application/json": {
              schema: chatResponseSchema,
              example: {
                message: "Hello! How can I help?",
                success: true,
                executionId: EXAMPLE_ID,
                sessionId: "sess-1",
                stopReason: "end_turn",
              },
            },
            ...streamed.content,
          },
        },
        202: {
          ...json(
            "The CLI asks a question (`requiresInput`): answer it with `POST /api/kiro/input`, then follow the execution. Or the prompt continues, because of `respond-async`.",
            z.union([chatQuestionSchema, chatAcceptedSchema]),
            {
              message: "",
              success: false,
              executionId: EXAMPLE_ID,
              status: "waiting-input",
              sessionId: "sess-1",
              requiresInput: true,
              questionId: EXAMPLE_QUESTION_ID,
              prompt: "May Kiro run: npm test?",
              inputType: "choice",
              choices: ["Allow once", "Reject"],
            },
          ),
          headers: acceptedHeaders,
        },
        ...errors({ codes: ["NOT_FOUND", "CONFLICT"], readsBody: true }),
      },
    },
  },
  "/kiro/sessions": {
    get: {
      operationId: "listSessions",
      "x-required-scope": "agents:prompt",
      tags: ["Kiro CLI"],
      summary: "List sessions",
      description: "Those of all windows, unless the query selects one.",
      requestParams: { query: placeQuerySchema },
      responses: {
        200: json(
          "All sessions that the principal may see: with `history:read` and `executions:cancel` all, otherwise its own.",
          sessionListSchema,
          { sessions: [session] },
        ),
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
  },
  "/kiro/sessions/{id}": {
    delete: {
      operationId: "closeSession",
      "x-required-scope": "agents:prompt",
      tags: ["Kiro CLI"],
      summary: "Close a session and end its process",
      requestParams: {
        query: placeQuerySchema,
        path: z.object({
          id: z.string().meta({
            description: "The ID of a session, or its name if only one session has that name.",
            example: "sess-1",
          }),
        }),
      },
      responses: {
        200: json("The session was closed.", sessionClosedSchema, { closed: true, sessionId: "sess-1" }),
        ...errors({ codes: ["NOT_FOUND", "CONFLICT"] }),
      },
    },
  },
};
