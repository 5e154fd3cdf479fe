import * as z from "zod";
import {
  busFrames,
  busOperation,
  type BusOperationName,
  busOperationNames,
  busQuerySchema,
  busStreamQuerySchema,
} from "../bus/busSocket.ts";
import { errorBodySchema } from "../errorBody.ts";
import { EXAMPLE_TIME } from "../openapi/answers.ts";
import type { MessageSchemas } from "./messageSchemas.ts";
import { channelRef, messageRefs, type Part } from "./parts.ts";

const SOCKET = "bus";
const STREAM = "busMessages";
const number = busFrames.message.shape.number;

interface OperationTexts {
  readonly summary: string;
  readonly example: object;
}

const texts: Readonly<Record<BusOperationName, OperationTexts>> = {
  publish: {
    summary: "Publish a message",
    example: { message: { topic: "plugin/your-plugin/events", payload: { eventType: "task_completed" } } },
  },
  subscribe: {
    summary: "Subscribe to topics",
    example: { subscription: 1, pattern: "plugin/your-plugin/**", options: { window: 32 } },
  },
  unsubscribe: { summary: "End a subscription", example: { subscription: 1 } },
  request: {
    summary: "Send a request, and receive its response",
    example: { message: { topic: "plugin/your-plugin/rpc", payload: { method: "get_status" } } },
  },
  cancel: { summary: "Stop waiting for the response to a request", example: { request: 4 } },
  respond: {
    summary: "Respond to a request that was delivered here",
    example: { correlationId: "4f8c52b6-7d0e-4b8e-9d1a-0f0f6f0b7a11", payload: { result: { status: "running" } } },
  },
  progress: {
    summary: "Send an intermediate result of such a request",
    example: { correlationId: "4f8c52b6-7d0e-4b8e-9d1a-0f0f6f0b7a11", payload: { percent: 50 } },
  },
  ack: { summary: "Acknowledge deliveries", example: { deliveries: [1, 2] } },
  nack: { summary: "Refuse a delivery", example: { delivery: 3, error: "The database is locked." } },
};

const id = z.int().nullable().describe("Null for what is not an operation with an ID.");
const replySchema = z.object({ number, id, result: z.unknown() });
const errorReplySchema = z.object({ number, id, error: errorBodySchema });

/** The WebSocket `/bus`, and the same frames as Server-Sent Events. */
export function busChannels(schemas: MessageSchemas): Part {
  const frames = frameMessages(schemas);
  return {
    channels: {
      [SOCKET]: {
        address: "/bus",
        title: "Bus",
        description:
          "The bus of the plugins. `ready` comes first. Text frames are operations; each receives one reply, with its `id`. All other frames of a session are numbered. A session outlives a broken connection for 30 s.",
        servers: [{ $ref: "#/servers/socket" }],
        messages: {
          ...Object.fromEntries(busOperationNames.map((name) => [name, operationMessage(name, schemas)])),
          ...replyMessages(schemas),
          ...frames,
        },
        bindings: {
          ws: { method: "GET", query: schemas.received(busQuerySchema, "BusQuery"), bindingVersion: "0.1.0" },
        },
      },
      [STREAM]: {
        address: "/api/kiro/bus/messages",
        title: "Bus as Server-Sent Events",
        description: "For programs without WebSockets; `POST /api/kiro/bus` performs operations.",
        servers: [{ $ref: "#/servers/http" }],
        messages: frames,
      },
    },
    operations: {
      ...Object.fromEntries(busOperationNames.map((name) => [`bus-${name}`, operationOf(name)])),
      ...receivingOperations(schemas, Object.keys(frames)),
    },
  };
}

function receivingOperations(schemas: MessageSchemas, names: readonly string[]): Part["operations"] {
  return {
    receiveFromBus: {
      action: "send",
      channel: channelRef(SOCKET),
      title: "Messages",
      summary: "Receive the messages of the subscriptions",
      "x-required-scope": "bus:subscribe",
      messages: messageRefs(SOCKET, names),
    },
    followBus: {
      action: "send",
      channel: channelRef(STREAM),
      title: "Messages as Server-Sent Events",
      summary: "Receive the messages of the subscriptions",
      "x-required-scope": "bus:subscribe",
      messages: messageRefs(STREAM, names),
      bindings: {
        http: {
          method: "GET",
          query: schemas.received(busStreamQuerySchema, "BusStreamQuery"),
          bindingVersion: "0.3.0",
        },
      },
    },
  };
}

function replyMessages(schemas: MessageSchemas): Record<string, object> {
  const error = {
    code: "ACCESS_DENIED",
    message: "client-ci may not publish on system/broadcast.",
    recoverable: false,
  };
  return {
    operationReply: {
      name: "operationReply",
      title: "Reply",
      payload: schemas.sent(replySchema, "BusOperationReply"),
      correlationId: { location: "$message.payload#/id" },
      examples: [{ payload: { number: 1, id: 1, result: null } }],
    },
    error: {
      name: "error",
      title: "Error",
      summary: "The reply to an operation that was rejected or has failed",
      payload: schemas.sent(errorReplySchema, "BusErrorReply"),
      correlationId: { location: "$message.payload#/id" },
      examples: [{ payload: { number: 2, id: 2, error: { ...error, timestamp: EXAMPLE_TIME } } }],
    },
  };
}

const examples: Readonly<Record<keyof typeof busFrames, object>> = {
  ready: {
    type: "ready",
    session: "k3x9ab2fQ7aLr7tEsJ0sXA",
    name: "your-plugin",
    resumed: false,
    lastOp: 0,
    missed: 0,
    keptMs: 30_000,
    maxPayloadBytes: 1_048_576,
  },
  message: {
    number: 3,
    type: "message",
    subscription: 1,
    delivery: 1,
    message: {
      messageId: "0f0f6f0b-7a11-4b8e-9d1a-4f8c52b67d0e",
      timestamp: EXAMPLE_TIME,
      source: "your-plugin",
      destination: "*",
      topic: "plugin/your-plugin/events",
      messageType: "event",
      priority: 5,
      headers: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" },
      payload: { eventType: "task_completed" },
      metadata: {},
    },
  },
  "messages-lost": { number: 4, type: "messages-lost", subscription: 1, count: 12 },
  progress: { number: 5, type: "progress", request: 4, payload: { percent: 50 } },
  cancelled: { number: 6, type: "cancelled", delivery: 2 },
  unsubscribed: {
    number: 7,
    type: "unsubscribed",
    subscription: 1,
    error: { code: "ACCESS_DENIED", message: "The access has ended.", recoverable: false, timestamp: EXAMPLE_TIME },
  },
};

function frameMessages(schemas: MessageSchemas): Record<string, object> {
  const frames = Object.entries(busFrames).map(([type, schema]) => [
    type,
    {
      name: type,
      title: type,
      payload: schemas.sent(schema, `Bus${pascalCase(type)}Frame`),
      examples: [{ payload: Object.entries(examples).find(([name]) => name === type)?.[1] }],
    },
  ]);
  return Object.fromEntries(frames);
}

function operationMessage(op: BusOperationName, schemas: MessageSchemas): object {
  const { summary, example } = texts[op];
  return {
    name: op,
    title: op,
    summary,
    payload: schemas.received(busOperation(op), `Bus${pascalCase(op)}`),
    correlationId: { location: "$message.payload#/id" },
    examples: [{ payload: { id: 1, op, ...example } }],
  };
}

function operationOf(op: BusOperationName): object {
  return {
    action: "receive",
    channel: channelRef(SOCKET),
    title: op,
    summary: texts[op].summary,
    "x-required-scope":
      op === "publish" || op === "request" ? "bus:publish" : op === "subscribe" ? "bus:subscribe" : "any",
    messages: messageRefs(SOCKET, [op]),
    reply: { channel: channelRef(SOCKET), messages: messageRefs(SOCKET, ["operationReply", "error"]) },
  };
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
