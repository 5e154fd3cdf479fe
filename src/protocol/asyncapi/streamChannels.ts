import * as z from "zod";
import { chatRequestSchema } from "../chat.ts";
import { EXAMPLE_ID } from "../openapi/answers.ts";
import { chatStreamPayloads, eventSchemas } from "../openapi/eventSchemas.ts";
import { eventQuerySchema } from "../socket.ts";
import type { MessageSchemas } from "./messageSchemas.ts";
import { channelRef, eventMessages, messageRefs, type Part } from "./parts.ts";

const servers = [{ $ref: "#/servers/http" }];
const cursorFields = z.object({
  event: z.string().describe("The type of the event."),
  id: z.string().optional().describe("The cursor for `Last-Event-ID`: `<epoch>:<eventId>`."),
});
const numberFields = z.object({
  event: z.string().describe("The type of the event."),
  id: z.string().optional().describe("The number of the event, for `Last-Event-ID`."),
});

/** The Server-Sent Events of all executions, and of one. */
export function eventStreams(schemas: MessageSchemas): Part {
  const types = [...eventSchemas.keys()];
  return {
    channels: {
      events: {
        address: "/api/kiro/events",
        title: "Server-Sent Events",
        description: "Starts now, or after `Last-Event-ID` or `since`. `connection-ready` comes first.",
        servers,
        messages: eventMessages(schemas, { headers: schemas.sent(cursorFields, "EventStreamFields") }),
      },
      executionEvents: {
        address: "/api/kiro/executions/{id}/events",
        title: "Server-Sent Events of one execution",
        description: "From the beginning, or after `Last-Event-ID`. Ends after the final event.",
        servers,
        parameters: { id: { description: "The ID of an execution.", examples: [EXAMPLE_ID] } },
        messages: eventMessages(schemas, { headers: schemas.sent(numberFields, "ExecutionStreamFields") }),
      },
    },
    operations: {
      followEvents: follow("events", "Stream all events", types, schemas.received(eventQuerySchema, "EventQuery")),
      followExecution: follow(
        "executionEvents",
        "Stream the events of an execution",
        types,
        schemas.received(eventQuerySchema.pick({ ticket: true }), "TicketQuery"),
      ),
    },
  };
}

function follow(channel: string, summary: string, types: readonly string[], query: object): object {
  return {
    action: "send",
    channel: channelRef(channel),
    title: channel,
    summary,
    "x-required-scope": "events:read:own",
    messages: messageRefs(channel, types),
    bindings: { http: { method: "GET", query, bindingVersion: "0.3.0" } },
  };
}

/** The stream of `POST /kiro/chat` with `Accept: text/event-stream`. */
export function chatStream(schemas: MessageSchemas): Part {
  const names = Object.keys(chatStreamPayloads);
  const fields = schemas.sent(numberFields, "ExecutionStreamFields");
  const messages = Object.entries(chatStreamPayloads).map(([name, payload]) => [
    name,
    {
      name,
      title: name,
      headers: fields,
      payload: schemas.sent(payload, payload.meta()?.id ?? schemaNameOf(name)),
      ...(name === "delta" && { examples: [{ headers: { event: "delta", id: "7" }, payload: { text: "Hello" } }] }),
    },
  ]);
  const prompt = {
    name: "prompt",
    title: "Prompt",
    payload: schemas.received(chatRequestSchema),
    examples: [{ payload: { prompt: "Hello Kiro" } }],
  };
  return {
    channels: {
      chat: {
        address: "/kiro/chat",
        title: "Streamed chat",
        description: "`POST` with `Accept: text/event-stream`. `done` or `error` comes last.",
        servers,
        messages: { prompt, ...Object.fromEntries(messages) },
      },
    },
    operations: {
      chat: {
        action: "receive",
        channel: channelRef("chat"),
        title: "chat",
        summary: "Ask Kiro CLI, and stream the answer",
        "x-required-scope": "agents:prompt",
        messages: messageRefs("chat", ["prompt"]),
        reply: { channel: channelRef("chat"), messages: messageRefs("chat", names) },
        bindings: { http: { method: "POST", bindingVersion: "0.3.0" } },
      },
    },
  };
}

function schemaNameOf(name: string): string {
  return `Chat${name.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase())}`;
}
