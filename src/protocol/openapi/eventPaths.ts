import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { eventQuerySchema } from "../socket.ts";
import { ticketSchema } from "../tickets.ts";
import { curlLine, errors, eventStream, EXAMPLE_TIME, json } from "./answers.ts";
import { eventSchema } from "./eventSchemas.ts";

/** What happens, as it happens, and the numbers of it. */
export const eventPaths: ZodOpenApiPathsObject = {
  "/api/kiro/events": {
    get: {
      operationId: "followEvents",
      tags: ["Events"],
      summary: "Every event, as it happens",
      description: `From now on, or from behind \`Last-Event-ID\` or \`since\` as far as events are kept; what is no longer there is announced as \`events-lost\`. The first event is \`connection-ready\`. The same path, and \`/ws\`, take WebSocket upgrades with the same query. ${curlLine("/api/kiro/events")}`,
      requestParams: {
        query: eventQuerySchema,
        header: z.object({
          "Last-Event-ID": z.string().optional().describe("The `id` of the last event that was seen."),
        }),
      },
      responses: {
        200: eventStream(
          "Server-Sent Events: `event` is the type, `id` is `<epoch>:<eventId>`, `data` a BridgeEvent as JSON.",
          eventSchema,
        ),
        ...errors(),
      },
    },
  },
  "/api/kiro/tickets": {
    post: {
      operationId: "createTicket",
      tags: ["Events"],
      summary: "A stand-in for the token, for browsers",
      description:
        "Browsers cannot set headers on WebSocket and EventSource. A ticket goes into `?ticket=` of one upgrade or one event stream, within 30 seconds, once.",
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
      tags: ["Status"],
      summary: "The numbers of the bridge, for Prometheus",
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
