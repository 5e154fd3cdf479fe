import * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from "zod-openapi";
import { type GatewayApi, gatewayErrors } from "./gatewayErrors.ts";
import {
  anthropicModel,
  chatAnswer,
  chatRequest,
  embeddingAnswer,
  embeddingRequest,
  messageAnswer,
  messageRequest,
  openAiModel,
  RESPONSE_ID,
  responseAnswer,
  responseRequest,
} from "./gatewayExamples.ts";

/** The body of a vendor's API, which its own reference describes. */
const vendorObject = z.looseObject({});
const events = { schema: z.string().describe("Server-Sent Events, as the vendor's reference describes them.") };

/** Headers of requests that select a window or a session. */
const placeHeaders = z.object({
  "X-Kiro-Window": z.string().optional().describe("The ID of the window to use, as `windowId` elsewhere."),
  "X-Kiro-Workspace": z
    .string()
    .optional()
    .describe("The path of a folder that the window has open, percent-encoded, as `workspacePath` elsewhere."),
});
const promptHeaders = placeHeaders.extend({
  "X-Kiro-Session": z.string().optional().describe("The name of the session that answers."),
  "Idempotency-Key": z.string().min(1).max(255).optional().describe("As of other requests that execute something."),
});
const answerHeaders = z.object({
  "x-kiro-vendor-request-id": z
    .string()
    .optional()
    .describe("The ID that the vendor of an engine has given the request."),
  "x-kiro-agent": z.string().optional().describe("Who answered: `kiro`, or the ID of an engine."),
  "x-kiro-session": z.string().optional().describe("The session that answered."),
  "x-kiro-bridge-ignored": z.string().optional().describe("Fields of the request that were ignored."),
  "x-kiro-bridge-estimated": z.string().optional().describe("The fields of the response that are estimated."),
});

interface Words {
  readonly api: GatewayApi;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
}

const tags: Readonly<Record<GatewayApi, string>> = {
  openai: "OpenAI",
  either: "OpenAI",
  anthropic: "Anthropic",
  mcp: "MCP",
};

/** An operation that asks an agent. */
function prompt(words: Words, request: object, answer: object, path?: z.ZodObject): ZodOpenApiOperationObject {
  const { operationId, summary, description, api } = words;
  return {
    operationId,
    "x-required-scope": "agents:prompt",
    tags: [tags[api]],
    summary,
    ...(description !== undefined && { description }),
    requestParams: { header: promptHeaders, ...(path !== undefined && { path }) },
    requestBody: { required: true, content: { "application/json": { schema: vendorObject, example: request } } },
    responses: {
      200: {
        description: "The answer; with `stream`, as Server-Sent Events.",
        headers: answerHeaders,
        content: { "application/json": { schema: vendorObject, example: answer }, "text/event-stream": events },
      },
      ...gatewayErrors(api, { isPrompt: true }),
    },
  };
}

/** An operation that responds with a JSON object at once. */
function plain(
  words: Words,
  options: {
    readonly request?: object;
    readonly path?: z.ZodObject;
    readonly answer: object;
    readonly isPassed?: boolean;
    readonly asksModel?: boolean;
  },
) {
  const { operationId, summary, description, api } = words;
  const { request, path, answer, isPassed = false, asksModel = isPassed } = options;
  return {
    operationId,
    "x-required-scope": "agents:prompt",
    tags: [tags[api]],
    summary,
    ...(description !== undefined && { description }),
    requestParams: { header: placeHeaders, ...(path !== undefined && { path }) },
    ...(request !== undefined && {
      requestBody: { required: true, content: { "application/json": { schema: vendorObject, example: request } } },
    }),
    responses: {
      200: { description: "The result.", content: { "application/json": { schema: vendorObject, example: answer } } },
      ...gatewayErrors(api, { readsBody: request !== undefined, isPassed, asksModel }),
    },
  } satisfies ZodOpenApiOperationObject;
}

const responseId = z.object({ id: z.string().describe("The ID of a response.").meta({ example: RESPONSE_ID }) });
const modelId = z.object({ id: z.string().describe("The ID of a model.").meta({ example: "kiro" }) });
const deployment = z.object({
  model: z.string().describe("The model, in place of the one in the body.").meta({ example: "kiro" }),
});
const modelNote = "In Anthropic's form with the header `anthropic-version`, else in OpenAI's.";
const azureNote = "By the path of Azure OpenAI.";

const chat = { api: "openai", operationId: "createChatCompletion", summary: "Complete a chat" } as const;

const embeddings = {
  api: "openai",
  operationId: "createEmbeddings",
  summary: "Compute embeddings",
  description: "By an engine that has them. Agents compute none: 400.",
} as const;

/** The operations of OpenAI and Anthropic. */
export const gatewayPaths: ZodOpenApiPathsObject = {
  "/v1/chat/completions": { post: prompt(chat, chatRequest, chatAnswer) },
  "/openai/deployments/{model}/chat/completions": {
    post: prompt(
      { ...chat, operationId: "createAzureChatCompletion", description: azureNote },
      { messages: chatRequest.messages },
      chatAnswer,
      deployment,
    ),
  },
  "/v1/embeddings": {
    post: plain(embeddings, { request: embeddingRequest, answer: embeddingAnswer, asksModel: true }),
  },
  "/openai/deployments/{model}/embeddings": {
    post: plain(
      { ...embeddings, operationId: "createAzureEmbeddings", description: azureNote },
      { request: { input: embeddingRequest.input }, path: deployment, answer: embeddingAnswer, asksModel: true },
    ),
  },
  "/v1/responses": {
    post: prompt(
      { api: "openai", operationId: "createModelResponse", summary: "Create a response" },
      responseRequest,
      responseAnswer,
    ),
  },
  "/v1/responses/{id}": {
    get: plain(
      { api: "openai", operationId: "getModelResponse", summary: "Get a response" },
      { path: responseId, answer: responseAnswer, isPassed: true },
    ),
    delete: plain(
      { api: "openai", operationId: "deleteModelResponse", summary: "Delete a response" },
      { path: responseId, answer: { id: RESPONSE_ID, object: "response", deleted: true }, isPassed: true },
    ),
  },
  "/v1/responses/{id}/cancel": {
    post: plain(
      {
        api: "openai",
        operationId: "cancelModelResponse",
        summary: "Cancel a response in the background",
        description: "Only an engine with this protocol has responses in the background: 400 for others.",
      },
      { path: responseId, answer: responseAnswer, isPassed: true },
    ),
  },
  "/v1/messages": {
    post: prompt(
      { api: "anthropic", operationId: "createMessage", summary: "Create a message" },
      messageRequest,
      messageAnswer,
    ),
  },
  "/v1/messages/count_tokens": {
    post: plain(
      {
        api: "anthropic",
        operationId: "countMessageTokens",
        summary: "Count the tokens of a message",
        description:
          "Estimated from the length of the text, as the header `x-kiro-bridge-estimated` says; counted by the vendor for an engine with this protocol.",
      },
      { request: { model: "kiro", messages: messageRequest.messages }, answer: { input_tokens: 3 }, isPassed: true },
    ),
  },
  "/v1/models": {
    get: plain(
      { api: "either", operationId: "listModels", summary: "List the models", description: modelNote },
      { answer: { object: "list", data: [openAiModel] } },
    ),
  },
  "/v1/models/{id}": {
    get: plain(
      { api: "either", operationId: "getModel", summary: "Describe a model", description: modelNote },
      { path: modelId, answer: anthropicModel },
    ),
  },
};
