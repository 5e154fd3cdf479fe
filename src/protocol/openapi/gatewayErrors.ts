import * as z from "zod";
import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { headersTooLarge } from "./answers.ts";

/** `either`: in the form of OpenAI or Anthropic, as the headers of the request ask for. */
export type GatewayApi = "openai" | "anthropic" | "either" | "mcp";

const EXAMPLE_REQUEST = "8c1d7c3e-2a54-4f4e-9a53-3f6f0a3c2b7d";

const openAiBody = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().describe("The path of an invalid field."),
    code: z.string().nullable(),
  }),
});

const anthropicBody = z.object({
  type: z.literal("error"),
  error: z.object({
    type: z.string(),
    message: z.string(),
    details: z.object({ error_code: z.string() }).optional().describe("A code that clients of the vendor act upon."),
  }),
  request_id: z.string(),
});

/** Errors of the bridge have no `id`. */
const jsonRpcBody = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.int(), z.null()]),
  error: z.object({
    code: z.int(),
    message: z.string(),
    data: z.looseObject({ code: z.string().optional() }).optional().describe("The `code` and `context` of the bridge."),
  }),
});

/** Documents an error that only MCP has. */
export function mcpError(description: string, message: string): ZodOpenApiResponseObject {
  const example = { jsonrpc: "2.0", id: null, error: { code: -32_000, message } };
  return { description, content: { "application/json": { schema: jsonRpcBody, example } } };
}

interface Kind {
  /** The status, and the one at Anthropic if that is another. */
  readonly status: number;
  readonly atAnthropic?: number;
  readonly text: string;
  readonly message: string;
  /** The type in both APIs, and the code at OpenAI. */
  readonly types: readonly [openAi: string, code: string | null, anthropic: string];
  readonly param?: string;
  /** The code in the other errors of the bridge, and that of JSON-RPC. */
  readonly ours: readonly [code: string, jsonRpc: number];
  readonly headers?: z.ZodObject;
}

const kinds = {
  BadRequest: {
    status: 400,
    text: "An invalid request.",
    message: "n: expected 1, received more than 1",
    types: ["invalid_request_error", null, "invalid_request_error"],
    param: "n",
    ours: ["VALIDATION_FAILED", -32_600],
  },
  Unauthorized: {
    status: 401,
    text: "A missing or incorrect token.",
    message: "A valid token is required.",
    types: ["invalid_request_error", "invalid_api_key", "authentication_error"],
    ours: ["AUTHENTICATION_FAILED", -32_000],
    headers: z.object({
      "WWW-Authenticate": z.string().describe("`Bearer`, with the address of the OAuth metadata."),
    }),
  },
  Forbidden: {
    status: 403,
    text: "A missing scope, or a request that a guard or the policy rejects.",
    message: "This access does not include the scope agents:prompt.",
    types: ["permission_error", "permission_denied", "permission_error"],
    ours: ["ACCESS_DENIED", -32_000],
  },
  NotFound: {
    status: 404,
    text: "An unknown model or response, a gateway that is switched off, or a service of the vendor.",
    message: "There is no model with this ID.",
    types: ["invalid_request_error", "model_not_found", "not_found_error"],
    ours: ["NOT_FOUND", -32_000],
  },
  Timeout: {
    status: 408,
    text: "A request that takes too long.",
    message: "The operation took too long.",
    types: ["timeout_error", "timeout", "timeout_error"],
    ours: ["OPERATION_TIMEOUT", -32_000],
  },
  Conflict: {
    status: 409,
    text: "An `Idempotency-Key` of another request.",
    message: "This Idempotency-Key was already used with a different request. Use a new key for each request.",
    types: ["invalid_request_error", "conflict", "invalid_request_error"],
    ours: ["CONFLICT", -32_000],
    headers: z.object({ "x-should-retry": z.literal("false").describe("A repetition would fail as well.") }),
  },
  TooLarge: {
    status: 413,
    text: "A body that is too large.",
    message: "The request body may have at most 10485760 bytes.",
    types: ["invalid_request_error", "request_too_large", "request_too_large"],
    ours: ["PAYLOAD_TOO_LARGE", -32_000],
  },
  OtherType: {
    status: 415,
    text: "A body other than JSON.",
    message: "Send JSON with 'Content-Type: application/json'.",
    types: ["invalid_request_error", "unsupported_media_type", "invalid_request_error"],
    ours: ["UNSUPPORTED_MEDIA_TYPE", -32_000],
  },
  TooMany: {
    status: 429,
    text: "Too many requests, a full queue, or a daily limit of a model.",
    message: "Too many requests. Try again later.",
    types: ["rate_limit_error", "rate_limit_exceeded", "rate_limit_error"],
    ours: ["RATE_LIMIT_EXCEEDED", -32_000],
    headers: z.object({
      "Retry-After": z.string().meta({ description: "In seconds.", example: "1" }),
      "x-should-retry": z.literal("false").optional().describe("Sent if `Retry-After` is more than two minutes."),
    }),
  },
  Failed: {
    status: 500,
    text: "A turn that failed after it began, or a mistake of the bridge.",
    message: "The process of Kiro CLI has ended.",
    types: ["api_error", "turn_failed", "api_error"],
    ours: ["INTERNAL_ERROR", -32_603],
    headers: z.object({
      "x-should-retry": z
        .literal("false")
        .optional()
        .describe("Sent if a repetition might run an agent for a second time, or would fail as well."),
    }),
  },
  Unavailable: {
    status: 503,
    atAnthropic: 529,
    text: "The agent or the bridge is unavailable.",
    message: "The bridge is stopping.",
    types: ["overloaded_error", "bridge-stopping", "overloaded_error"],
    ours: ["KIRO_UNAVAILABLE", -32_603],
  },
} as const satisfies Record<string, Kind>;

type KindName = keyof typeof kinds;

const ofBodies: ReadonlySet<string> = new Set<KindName>(["TooLarge", "OtherType"]);
const ofPrompts: ReadonlySet<string> = new Set<KindName>(["Timeout", "Conflict"]);
const ofModels: ReadonlySet<string> = new Set<KindName>(["Timeout"]);
const prefixes: Readonly<Record<GatewayApi, string>> = {
  openai: "OpenAi",
  anthropic: "Anthropic",
  either: "Either",
  mcp: "Mcp",
};

/** Documents the errors that a vendor has sent to a request in the protocol of its engine. */
const ofVendor: ZodOpenApiResponseObject = {
  id: "VendorError",
  description: "Another error of the vendor of an engine, as it has sent it.",
  content: {
    "application/json": { schema: z.looseObject({}), example: { error: { message: "Payment is required." } } },
  },
};

/**
 * Returns the error responses of an operation, in the form of its API. Each is once in the document. A request that passes to
 * a vendor may have other ones.
 */
export function gatewayErrors(
  api: GatewayApi,
  { isPrompt = false, readsBody = isPrompt, isPassed = isPrompt, asksModel = isPassed }: GatewayErrorOptions = {},
): ZodOpenApiResponsesObject {
  const known = answers[api].filter(
    ({ name }) =>
      (readsBody || !ofBodies.has(name)) && (isPrompt || !ofPrompts.has(name) || (asksModel && ofModels.has(name))),
  );
  const own = Object.fromEntries(known.map(({ status, answer }) => [status, answer]));
  return { ...own, 431: headersTooLarge, ...(isPassed && { default: ofVendor }) };
}

interface GatewayErrorOptions {
  readonly isPrompt?: boolean;
  readonly readsBody?: boolean;
  /** True for an operation that may pass to a vendor. */
  readonly isPassed?: boolean;
  /** True for one that a model may have to answer, which may take too long. */
  readonly asksModel?: boolean;
}

interface KnownAnswer {
  readonly name: string;
  readonly status: number;
  readonly answer: ZodOpenApiResponseObject;
}

const answers: Readonly<Record<GatewayApi, readonly KnownAnswer[]>> = {
  openai: answersOf("openai"),
  anthropic: answersOf("anthropic"),
  either: [...answersOf("either"), overloaded()],
  mcp: answersOf("mcp"),
};

function answersOf(api: GatewayApi): KnownAnswer[] {
  return Object.entries(kinds).map(([name, kind]: [string, Kind]) => ({
    name,
    status: api === "anthropic" ? (kind.atAnthropic ?? kind.status) : kind.status,
    answer: {
      id: `${prefixes[api]}${name}`,
      description: kind.text,
      ...(kind.headers !== undefined && { headers: kind.headers }),
      content: { "application/json": mediaOf(api, kind) },
    },
  }));
}

/** The status of Anthropic, in addition to that of OpenAI. */
function overloaded(): KnownAnswer {
  const { text, atAnthropic: status } = kinds.Unavailable;
  const content = { "application/json": mediaOf("anthropic", kinds.Unavailable) };
  return { name: "Unavailable", status, answer: { id: "EitherOverloaded", description: text, content } };
}

function mediaOf(api: GatewayApi, { message, types, param = "", ours }: Kind) {
  const [openAiType, code, anthropicType] = types;
  const ofOpenAi = { error: { message, type: openAiType, param: param === "" ? null : param, code } };
  if (api === "openai") return { schema: openAiBody, example: ofOpenAi };
  if (api === "either") return { schema: z.union([openAiBody, anthropicBody]), example: ofOpenAi };
  if (api === "mcp") {
    const example = { jsonrpc: "2.0", id: null, error: { code: ours[1], message, data: { code: ours[0] } } };
    return { schema: jsonRpcBody, example };
  }
  const example = { type: "error", error: { type: anthropicType, message }, request_id: EXAMPLE_REQUEST };
  return { schema: anthropicBody, example };
}
