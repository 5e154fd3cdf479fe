import { ownUsage } from "../../turns/ownUsage.ts";
import type { TurnResponse, Usage } from "../../turns/turn.ts";
import type { OutputItem } from "./outputItems.ts";

/** Facts of the request that a response repeats. */
export interface ResponseEcho {
  /** The body of the request. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Of this response, or of an earlier one that it continues. */
  readonly instructions: string | undefined;
  readonly previousId: string | undefined;
  /** The conversation that this response goes on with. */
  readonly conversationId: string | undefined;
  readonly isKept: boolean;
}

export type ResponseState =
  | { readonly status: "in_progress" | "cancelled" }
  | { readonly status: "completed"; readonly usage: Usage }
  | { readonly status: "incomplete"; readonly usage: Usage; readonly reason: "max_output_tokens" }
  | { readonly status: "failed"; readonly code: string; readonly message: string };

/** The `Response` object of the protocol. */
export interface ResponseBody {
  readonly id: string;
  readonly object: "response";
  readonly status: ResponseState["status"];
  readonly output: readonly OutputItem[];
  readonly [field: string]: unknown;
}

const responseIdOf = ({ id }: Pick<TurnResponse, "id">): string => `resp_${id}`;

/** Creates the body of a response, with all members that clients of the vendor expect. */
export function responseBody(
  response: TurnResponse,
  output: readonly OutputItem[],
  state: ResponseState,
  echo: ResponseEcho,
): ResponseBody {
  const { request, conversationId } = echo;
  const createdAt = Math.floor(response.createdAt / 1000);
  return {
    id: responseIdOf(response),
    object: "response",
    created_at: createdAt,
    status: state.status,
    background: false,
    completed_at: state.status === "completed" ? Math.max(createdAt, Math.floor(Date.now() / 1000)) : null,
    error: state.status === "failed" ? errorOf(state) : null,
    incomplete_details: state.status === "incomplete" ? { reason: state.reason } : null,
    instructions: echo.instructions ?? null,
    max_output_tokens: request["max_output_tokens"] ?? null,
    max_tool_calls: null,
    model: request["model"],
    output,
    parallel_tool_calls: true,
    previous_response_id: echo.previousId ?? null,
    conversation: echo.isKept ? { id: conversationId ?? `conv_${response.id}` } : null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: echo.isKept,
    temperature: null,
    text: { format: formatOf(request["text"]) },
    tool_choice: request["tool_choice"] ?? "auto",
    tools: lentOf(request["tools"]),
    top_logprobs: 0,
    top_p: null,
    truncation: "disabled",
    usage: "usage" in state ? usageOf(state.usage) : null,
    metadata: request["metadata"] ?? {},
  };
}

function errorOf({ code, message }: Extract<ResponseState, { readonly status: "failed" }>): object {
  const type = code === "invalid_prompt" ? "invalid_request_error" : "server_error";
  return { code, message, type, param: null };
}

function usageOf(usage: Usage): object {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
    ...ownUsage(usage),
  };
}

function formatOf(text: unknown): unknown {
  const format: unknown = typeof text === "object" && text !== null ? Reflect.get(text, "format") : undefined;
  return format ?? { type: "text" };
}

/** Returns the tools that an agent can call, as the client has declared them. */
function lentOf(tools: unknown): readonly unknown[] {
  if (!Array.isArray(tools)) return [];
  return tools.filter((tool: unknown) => {
    const type: unknown = typeof tool === "object" && tool !== null ? Reflect.get(tool, "type") : undefined;
    return type === "function" || type === "namespace";
  });
}
