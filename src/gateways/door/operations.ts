import type { IncomingMessage } from "node:http";
import type { ScopeRule } from "../../protocol/access.ts";
import type { Answer } from "../../server/http/answers.ts";
import type { Budgeted } from "../../server/limits/budgets.ts";

export type GatewayName = "openai" | "anthropic" | "mcp";

/** A request that has passed the guards and the scope of its route. Implemented by Express's `Request`. */
export interface GatewayRequest extends IncomingMessage, Budgeted {
  /** The variable parts of its path. */
  readonly params: Readonly<Record<string, string>>;
}

/** Responds to a request. What it throws leaves as an error of its vendor. */
export type GatewayHandler = (request: GatewayRequest, response: Answer) => Promise<void>;

interface Operation {
  readonly gateway: GatewayName;
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly scope: ScopeRule;
}

/** The operations of the OpenAI and Anthropic APIs that the gateways have. Paths of Azure are other names of some. */
export const operations = {
  chatCompletions: { gateway: "openai", method: "post", path: "/v1/chat/completions", scope: "agents:prompt" },
  createResponse: { gateway: "openai", method: "post", path: "/v1/responses", scope: "agents:prompt" },
  retrieveResponse: { gateway: "openai", method: "get", path: "/v1/responses/:id", scope: "agents:prompt" },
  deleteResponse: { gateway: "openai", method: "delete", path: "/v1/responses/:id", scope: "agents:prompt" },
  cancelResponse: { gateway: "openai", method: "post", path: "/v1/responses/:id/cancel", scope: "agents:prompt" },
  createMessage: { gateway: "anthropic", method: "post", path: "/v1/messages", scope: "agents:prompt" },
  countTokens: { gateway: "anthropic", method: "post", path: "/v1/messages/count_tokens", scope: "agents:prompt" },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
