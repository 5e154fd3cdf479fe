import type { IncomingMessage } from "node:http";
import type { ScopeName } from "../../protocol/access.ts";
import type { Answer } from "../../server/http/answers.ts";
import type { Budgeted } from "../../server/limits/budgets.ts";

/** A request that has passed the guards and the scope of its route. Implemented by Express's `Request`. */
export interface GatewayRequest extends IncomingMessage, Budgeted {
  /** The variable parts of its path: `id`, or `model` of a deployment, which replaces the model in the body. */
  readonly params: Readonly<Record<string, string>>;
}

/** Responds to a request. What it throws leaves as an error of its vendor. */
export type GatewayHandler = (request: GatewayRequest, response: Answer) => Promise<void>;

interface Operation {
  readonly name: string;
  /** `either`: the one whose form the headers of the request ask for. */
  readonly gateway: "openai" | "anthropic" | "either";
  readonly method: "get" | "post" | "delete";
  /** Its path, and further names of it. */
  readonly paths: readonly string[];
}

/** The scope that all operations need. */
export const OPERATION_SCOPE: ScopeName = "agents:prompt";

/** The operations of the OpenAI and Anthropic APIs that the gateways have. */
export const operations = [
  {
    name: "chatCompletions",
    gateway: "openai",
    method: "post",
    paths: ["/v1/chat/completions", "/openai/deployments/:model/chat/completions"],
  },
  {
    name: "createEmbeddings",
    gateway: "openai",
    method: "post",
    paths: ["/v1/embeddings", "/openai/deployments/:model/embeddings"],
  },
  { name: "createResponse", gateway: "openai", method: "post", paths: ["/v1/responses"] },
  { name: "retrieveResponse", gateway: "openai", method: "get", paths: ["/v1/responses/:id"] },
  { name: "deleteResponse", gateway: "openai", method: "delete", paths: ["/v1/responses/:id"] },
  { name: "cancelResponse", gateway: "openai", method: "post", paths: ["/v1/responses/:id/cancel"] },
  { name: "createMessage", gateway: "anthropic", method: "post", paths: ["/v1/messages"] },
  { name: "countTokens", gateway: "anthropic", method: "post", paths: ["/v1/messages/count_tokens"] },
  { name: "listModels", gateway: "either", method: "get", paths: ["/v1/models"] },
  { name: "retrieveModel", gateway: "either", method: "get", paths: ["/v1/models/:id"] },
] as const satisfies readonly Operation[];

export type OperationName = (typeof operations)[number]["name"];
