import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";
import { gatewayErrors, mcpError } from "./gatewayErrors.ts";

/** The body of a message, which the specification of MCP describes. */
const message = z.looseObject({ jsonrpc: z.literal("2.0") });

const events = { schema: z.string().describe("Server-Sent Events with messages.") };

/** Of a client with a session. */
const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "my-client", version: "1.0.0" } };

const accepted = z.object({
  Accept: z.string().describe("The types of responses.").meta({ example: "application/json, text/event-stream" }),
});

const notAcceptable = mcpError("An `Accept` header without the types of the responses.", "Not Acceptable");
const noSession = mcpError(
  "A request without `Mcp-Session-Id`: clients since 2026-07-28 have no session.",
  "Send requests with POST.",
);

function operation(
  words: { readonly operationId: string; readonly summary: string; readonly description: string },
  more: Pick<ZodOpenApiOperationObject, "requestBody" | "requestParams" | "responses">,
): ZodOpenApiOperationObject {
  const { requestBody, requestParams, responses } = more;
  return {
    "x-required-scope": "any",
    tags: ["MCP"],
    ...words,
    ...(requestParams !== undefined && { requestParams }),
    ...(requestBody !== undefined && { requestBody }),
    responses: { ...responses, ...gatewayErrors("mcp", { readsBody: requestBody !== undefined }) },
  };
}

/** MCP over HTTP. */
export const mcpPaths: ZodOpenApiPathsObject = {
  "/mcp": {
    post: operation(
      {
        operationId: "sendMcpMessage",
        summary: "Send a message of MCP",
        description: "Tools have scopes of their own. A result says which one is missing.",
      },
      {
        requestParams: { header: accepted },
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: message,
              example: { jsonrpc: "2.0", id: 1, method: "initialize", params: hello },
            },
          },
        },
        responses: {
          200: {
            description: "The response to a request.",
            content: {
              "application/json": { schema: message, example: { jsonrpc: "2.0", id: 1, result: {} } },
              "text/event-stream": events,
            },
          },
          202: { description: "A notification was received." },
          406: notAcceptable,
        },
      },
    ),
    get: operation(
      {
        operationId: "openMcpStream",
        summary: "Open the stream of a session",
        description: "For clients with sessions.",
      },
      {
        responses: {
          200: { description: "The stream.", content: { "text/event-stream": events } },
          405: noSession,
          406: notAcceptable,
          409: mcpError("A session whose stream is open already.", "Only one stream is allowed per session."),
        },
      },
    ),
    delete: operation(
      { operationId: "closeMcpSession", summary: "Close a session", description: "For clients with sessions." },
      { responses: { 200: { description: "It is closed." }, 405: noSession } },
    ),
  },
};
