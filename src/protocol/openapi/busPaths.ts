import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import {
  busAnswerSchema,
  busFrameSchema,
  busRequestQuerySchema,
  busRequestSchema,
  busRequestsSchema,
  busStreamQuerySchema,
} from "../bus/busSocket.ts";
import { curlLine, errors, eventStream, json } from "./answers.ts";

const message = { topic: "plugin/your-plugin/events", payload: { eventType: "task_completed", taskId: "task_123" } };

/** The bus of the plugins, for programs without WebSockets. */
export const busPaths: ZodOpenApiPathsObject = {
  "/api/kiro/bus": {
    post: {
      operationId: "performOnBus",
      "x-required-scope": ["bus:publish", "bus:subscribe"],
      tags: ["Bus"],
      summary: "Publish, send a request, or perform other operations on the bus",
      description:
        "Performs an operation, or a list in its order. `publish` and `request` need the scope `bus:publish` for their topic, `subscribe` needs `bus:subscribe` for its pattern. Operations other than `publish` and `request` need the session of a stream. The result of `request` is the response of the other program.",
      requestParams: { query: busRequestQuerySchema },
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: z.union([busRequestSchema, busRequestsSchema]),
            example: { op: "publish", message },
          },
        },
      },
      responses: {
        200: json("The reply, or the `replies` to a list.", busAnswerSchema, {
          result: null,
        }),
        ...errors({ codes: ["NOT_FOUND", "CONFLICT"], readsBody: true }),
      },
    },
  },
  "/api/kiro/bus/messages": {
    get: {
      operationId: "followBus",
      "x-required-scope": "bus:subscribe",
      tags: ["Bus"],
      summary: "Take part in the bus, and stream its messages",
      description: `Opens a session, or resumes one after \`Last-Event-ID\`. The event \`ready\` has the session, for \`POST /api/kiro/bus?session=\`. ${curlLine("/api/kiro/bus/messages")}`,
      requestParams: {
        query: busStreamQuerySchema,
        header: z.object({
          "Last-Event-ID": z.string().optional().describe("The `id` of the last event that the client received."),
        }),
      },
      responses: {
        200: eventStream(
          "Server-Sent Events: `event` is the type of the frame, `id` is `<session>:<number>`, and `data` is the frame as JSON.",
          busFrameSchema,
        ),
        ...errors({ codes: ["CONFLICT"] }),
      },
    },
  },
};
