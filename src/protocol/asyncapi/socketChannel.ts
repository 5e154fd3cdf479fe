import * as z from "zod";
import { errorBodySchema } from "../errorBody.ts";
import { cancelResponseSchema, executeResponseSchema } from "../executions.ts";
import { inputResponseSchema } from "../input.ts";
import { EXAMPLE_ID, EXAMPLE_QUESTION_ID, EXAMPLE_TIME } from "../openapi/answers.ts";
import { eventSchemas } from "../openapi/eventSchemas.ts";
import {
  eventQuerySchema,
  socketMethods,
  type SocketMethod,
  socketReplySchema,
  socketRequestSchema,
  socketScopes,
  subscribeResultSchema,
} from "../socket.ts";
import { statusSchema } from "../status.ts";
import type { MessageSchemas } from "./messageSchemas.ts";
import { channelRef, eventMessages, messageRefs, type Part } from "./parts.ts";

interface MethodTexts {
  readonly summary: string;
  readonly result: z.ZodType;
  readonly params?: object;
}

const methods: Readonly<Record<SocketMethod, MethodTexts>> = {
  execute: {
    summary: "Run a command",
    result: executeResponseSchema,
    params: { request: { command: "workbench.action.files.newUntitledFile" }, respondAsync: true },
  },
  cancel: { summary: "Cancel an execution", result: cancelResponseSchema, params: { executionId: EXAMPLE_ID } },
  input: {
    summary: "Answer a question of an execution",
    result: inputResponseSchema,
    params: { executionId: EXAMPLE_ID, questionId: EXAMPLE_QUESTION_ID, type: "choice", value: "Allow once" },
  },
  status: { summary: "Get the status of the bridge", result: statusSchema },
  subscribe: {
    summary: "Replace the subscription of this connection",
    result: subscribeResultSchema,
    params: { types: ["command-started", "command-completed"] },
  },
};

const CHANNEL = "socket";
const error = { code: "NOT_FOUND", message: "There is no execution with this ID.", recoverable: false };
const { id: requestId } = socketRequestSchema.shape;
const errorReplySchema = z
  .object({ id: socketReplySchema.shape.id, error: errorBodySchema })
  .meta({ id: "SocketErrorReply" });

/** The WebSocket `/ws`: requests with their replies, and events. */
export function socketChannel(schemas: MessageSchemas): Part {
  const requests = Object.entries(methods).map(([method, texts]) => [method, requestOf(method, texts, schemas)]);
  const replies = Object.entries(methods).map(([method, texts]) => [`${method}Reply`, replyOf(method, texts, schemas)]);
  const failure = {
    name: "error",
    title: "Error",
    summary: "The reply to a request that was rejected or has failed",
    payload: schemas.sent(errorReplySchema),
    correlationId: { location: "$message.payload#/id" },
    examples: [{ payload: { id: 1, error: { ...error, timestamp: EXAMPLE_TIME } } }],
  };
  const events = eventMessages(schemas);
  return {
    channels: {
      [CHANNEL]: {
        address: "/ws",
        title: "WebSocket",
        description:
          "Also available as `/api/kiro/events`. `connection-ready` comes first, then events as the query specifies. Text frames are requests; each receives one reply, with its `id`.",
        servers: [{ $ref: "#/servers/socket" }],
        messages: { ...Object.fromEntries([...requests, ...replies]), error: failure, ...events },
        bindings: {
          ws: { method: "GET", query: schemas.received(eventQuerySchema, "EventQuery"), bindingVersion: "0.1.0" },
        },
      },
    },
    operations: {
      ...Object.fromEntries(Object.keys(methods).map((method) => [method, operationOf(method)])),
      receiveEvents: {
        action: "send",
        channel: channelRef(CHANNEL),
        title: "Events",
        summary: "Receive the events of the subscription",
        "x-required-scope": socketScopes.subscribe,
        messages: messageRefs(CHANNEL, [...eventSchemas.keys()]),
      },
    },
  };
}

function operationOf(method: string): object {
  const { summary } = methods[nameOf(method)];
  return {
    action: "receive",
    channel: channelRef(CHANNEL),
    title: method,
    summary,
    "x-required-scope": socketScopes[nameOf(method)],
    messages: messageRefs(CHANNEL, [method]),
    reply: { channel: channelRef(CHANNEL), messages: messageRefs(CHANNEL, [`${method}Reply`, "error"]) },
  };
}

function requestOf(method: string, { summary, params }: MethodTexts, schemas: MessageSchemas): object {
  const schema = z.strictObject({ id: requestId, method: z.literal(method), params: socketMethods[nameOf(method)] });
  return {
    name: method,
    title: method,
    summary,
    payload: schemas.received(schema, `Socket${capital(method)}Request`),
    correlationId: { location: "$message.payload#/id" },
    examples: [{ payload: { id: 1, method, ...(params !== undefined && { params }) } }],
  };
}

function replyOf(method: string, { result }: MethodTexts, schemas: MessageSchemas): object {
  return {
    name: `${method}Reply`,
    title: `Reply to ${method}`,
    payload: schemas.sent(z.object({ id: requestId, result }), `Socket${capital(method)}Reply`),
    correlationId: { location: "$message.payload#/id" },
  };
}

const methodName = z.enum(["execute", "cancel", "input", "status", "subscribe"]);

function nameOf(method: string): SocketMethod {
  return methodName.parse(method);
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
