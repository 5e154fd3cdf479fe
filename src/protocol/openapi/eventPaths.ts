import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { eventQuerySchema, ticketSchema } from "../socket.ts";
import { curlLine, errors, eventStream, EXAMPLE_TIME, json } from "./answers.ts";
import { eventSchema } from "./eventSchemas.ts";

/** Events and metrics. */
export const eventPaths: ZodOpenApiPathsObject = {
  "/api/kiro/events": {
    get: {
      operationId: "followEvents",
      "x-required-scope": "events:read:own",
      tags: ["Events"],
      summary: "Stream all events",
      description: `Starts now, or after \`Last-Event-ID\` or \`since\`. Events that are no longer kept are reported as \`events-lost\`. The first event is \`connection-ready\`. The same path and \`/ws\` accept WebSocket upgrades with the same query. ${curlLine("/api/kiro/events")}`,
      requestParams: {
        query: eventQuerySchema,
        header: z.object({
          "Last-Event-ID": z.string().optional().describe("The `id` of the last event that the client received."),
        }),
      },
      responses: {
        200: eventStream(
          "Server-Sent Events: `event` is the type, `id` is `<epoch>:<eventId>`, and `data` is a BridgeEvent as JSON.",
          eventSchema,
        ),
        ...errors(),
      },
    },
  },
  "/api/kiro/tickets": {
    post: {
      operationId: "createTicket",
      "x-required-scope": "any",
      tags: ["Events"],
      summary: "Create a ticket, which replaces the token in browsers",
      description:
        "Browsers cannot set headers on WebSocket and EventSource. Send a ticket as `?ticket=` of one upgrade or one event stream. It is valid once, within 30 seconds.",
      requestBody: { required: false, content: { "application/json": { schema: z.strictObject({}), example: {} } } },
      responses: {
        200: json("The ticket.", ticketSchema, {
          ticket: "fp4bZr0nB3mF6Yt4vQ1cJ0sXH1d5o8wqk2u9aLr7tEs",
          expiresAt: EXAMPLE_TIME,
        }),
        ...errors({ readsBody: true }),
      },
    },
  },
  "/metrics": {
    get: {
      operationId: "getMetrics",
      "x-required-scope": "status:read",
      tags: ["Status"],
      summary: "Get the metrics of the bridge for Prometheus",
      responses: {
        200: {
          description: "Text exposition format 0.0.4.",
          content: { "text/plain": { schema: z.string() } },
        },
        ...errors(),
      },
    },
  },
};
