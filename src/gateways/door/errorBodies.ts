import type { IncomingMessage } from "node:http";
import type { BridgeError, ErrorCode } from "../../protocol/errors.ts";
import { causeOf } from "../../protocol/unavailable.ts";
import { pathOf } from "../../server/guards/exempt.ts";
import type { ForeignError } from "../../server/http/foreignError.ts";

/** The APIs whose clients read errors in their own form. */
export type Dialect = "openai" | "anthropic" | "mcp";

/** An error as OpenAI's clients read it. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  /** The path of the field that is not valid. */
  readonly param: string | null;
  readonly code: string | null;
}

/** An error as Anthropic's clients read it. */
export interface AnthropicError {
  readonly type: string;
  readonly message: string;
  /** Has a code by which clients find out what they can do about it. */
  readonly details?: { readonly error_code: string };
}

/** The status of a turn that failed after an agent has worked. Its clients repeat only what is not marked. */
const TURN_FAILED = 500;
const OVERLOADED = 529;
/** The codes of JSON-RPC 2.0, and its first one for errors of a server. */
const INVALID_REQUEST = -32_600;
const INTERNAL = -32_603;
const SERVER_ERROR = -32_000;

/** The type of each error in both APIs, and its code in OpenAI's. */
const kinds: Readonly<Record<ErrorCode, readonly [openai: string, code: string | null, anthropic: string]>> = {
  VALIDATION_FAILED: ["invalid_request_error", null, "invalid_request_error"],
  AUTHENTICATION_FAILED: ["invalid_request_error", "invalid_api_key", "authentication_error"],
  ACCESS_DENIED: ["permission_error", "permission_denied", "permission_error"],
  NOT_FOUND: ["invalid_request_error", "not_found", "not_found_error"],
  OPERATION_TIMEOUT: ["timeout_error", "timeout", "timeout_error"],
  CONFLICT: ["invalid_request_error", "conflict", "invalid_request_error"],
  PAYLOAD_TOO_LARGE: ["invalid_request_error", "request_too_large", "request_too_large"],
  UNSUPPORTED_MEDIA_TYPE: ["invalid_request_error", "unsupported_media_type", "invalid_request_error"],
  RATE_LIMIT_EXCEEDED: ["rate_limit_error", "rate_limit_exceeded", "rate_limit_error"],
  INTERNAL_ERROR: ["api_error", "internal_error", "api_error"],
  CONFIGURATION_ERROR: ["api_error", "configuration_error", "api_error"],
  KIRO_UNAVAILABLE: ["overloaded_error", "unavailable", "overloaded_error"],
  COMMAND_EXECUTION_FAILED: ["api_error", "turn_failed", "api_error"],
};

/** The codes of errors that Anthropic's clients know. */
const anthropicCodes: ReadonlySet<string> = new Set(["thread_unsupported_request"]);

/** Errors after which clients must not repeat the request: it would fail again, or run an agent twice. */
const final: ReadonlySet<ErrorCode> = new Set(["CONFLICT", "INTERNAL_ERROR", "CONFIGURATION_ERROR"]);
/** Longest time in seconds after which clients may repeat a request. Those that wait no longer would repeat it at once. */
const LONGEST_WAIT = 120;

/** Returns the API in whose form a request gets its errors, by its path and headers; undefined for our own form. */
export function dialectOf(request: IncomingMessage): Dialect | undefined {
  const path = pathOf(request);
  if (isAt(path, "/mcp")) return "mcp";
  if (isAt(path, "/v1/messages")) return "anthropic";
  if (path.startsWith("/openai/")) return "openai";
  if (!path.startsWith("/v1/")) return undefined;
  return request.headers["anthropic-version"] === undefined ? "openai" : "anthropic";
}

/**
 * Returns an error in the form of the API that a request is for (docs/wire-contract.md#102-errors-of-gateways); undefined for our own form.
 */
export function vendorError(request: IncomingMessage, error: BridgeError, requestId: string): ForeignError | undefined {
  const dialect = dialectOf(request);
  if (dialect === undefined) return undefined;
  if (dialect === "mcp") return { status: statusOf(error, dialect), headers: {}, body: jsonRpcError(error) };
  const isFinal = hasBegun(error) || final.has(error.code) || (error.retryAfterSeconds ?? 0) > LONGEST_WAIT;
  const retry = isFinal ? { "x-should-retry": "false" } : {};
  const status = statusOf(error, dialect);
  if (dialect === "openai") return { status, headers: retry, body: { error: openAiError(error) } };
  const body = { type: "error", error: anthropicError(error), request_id: requestId };
  return { status, headers: { ...retry, "request-id": requestId }, body };
}

/** @param didBegin true if an agent may have worked, so that a repetition is not safe */
export function openAiError(error: BridgeError, didBegin = hasBegun(error)): OpenAiError {
  const { message, context = {} } = error;
  const { field, vendorCode } = context;
  const [type, code] = kinds[didBegin ? "COMMAND_EXECUTION_FAILED" : error.code];
  return {
    message,
    type,
    param: typeof field === "string" ? parameterOf(field) : null,
    code: typeof vendorCode === "string" ? vendorCode : didBegin ? code : (causeOf(error) ?? code),
  };
}

/** Returns a path as the vendor writes it, `tools[0].type`. A header or the whole body is no parameter. */
function parameterOf(field: string): string | null {
  return /^[a-z]/.test(field) ? field.replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]") : null;
}

/**
 * Returns an error for a stream that has begun. If an agent has worked, its code is one after which clients do not repeat the
 * request; the message says what has happened.
 * @param didBegin as of `openAiError`
 */
export function openAiStreamError(error: BridgeError, didBegin = hasBegun(error)): OpenAiError {
  const told = openAiError(error, didBegin);
  return didBegin ? { ...told, type: "invalid_request_error", code: "invalid_prompt" } : told;
}

/** @param didBegin as of `openAiError` */
export function anthropicError(error: BridgeError, didBegin = hasBegun(error)): AnthropicError {
  const [, , type] = kinds[didBegin ? "COMMAND_EXECUTION_FAILED" : error.code];
  const code = error.context?.["vendorCode"];
  const details = typeof code === "string" && anthropicCodes.has(code) ? { error_code: code } : undefined;
  return { type, message: error.message, ...(details !== undefined && { details }) };
}

/** Returns true if an agent may have worked before this error: the turns say so in `context.hasBegun`. */
function hasBegun({ code, context }: BridgeError): boolean {
  return code === "COMMAND_EXECUTION_FAILED" || context?.["hasBegun"] === true;
}

function statusOf(error: BridgeError, dialect: Dialect): number {
  if (hasBegun(error)) return TURN_FAILED;
  return error.code === "KIRO_UNAVAILABLE" && dialect === "anthropic" ? OVERLOADED : error.status;
}

function jsonRpcError({ code, message, context, status }: BridgeError): object {
  const number = code === "VALIDATION_FAILED" ? INVALID_REQUEST : status >= 500 ? INTERNAL : SERVER_ERROR;
  const data = { code, ...(context !== undefined && { context }) };
  return { jsonrpc: "2.0", id: null, error: { code: number, message, data } };
}

function isAt(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
