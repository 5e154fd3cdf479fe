import { ERRORS, type ErrorCode, errorCodes } from "../../protocol/errors.ts";
import { KiroBridgeError } from "../errors.ts";

/** Statuses of proxies whose bridge may be back soon. */
const TEMPORARY = new Set([408, 429, 502, 503, 504]);
const codes: ReadonlySet<unknown> = new Set(errorCodes);

/** Returns the error of a response that is not 2xx. */
export function failureOf(response: Response, text: string): KiroBridgeError {
  const { status } = response;
  const body = objectOf(text);
  const retryAfterMs = delayOf(response.headers.get("Retry-After"));
  const ofVendor = vendorErrorOf(body);
  if (ofVendor !== undefined) return failureOfBody(ofVendor, { status, retryAfterMs });
  if (body === undefined || typeof body["code"] !== "string" || typeof body["message"] !== "string") {
    const message = `The response is not one of Kiro Bridge: HTTP ${status}.`;
    return new KiroBridgeError("INVALID_RESPONSE", message, {
      status,
      recoverable: TEMPORARY.has(status),
      retryAfterMs,
      body,
    });
  }
  return failureOfBody(body, { status, retryAfterMs });
}

/** Returns the error that an error body describes (docs/wire-contract.md#3-errors). */
export function failureOfBody(
  body: Readonly<Record<string, unknown>>,
  facts: { readonly status?: number; readonly retryAfterMs?: number | undefined } = {},
): KiroBridgeError {
  const { executionId, context, recoverable } = body;
  const code = isCode(body["code"]) ? body["code"] : codeOfStatus(facts.status ?? 500);
  return new KiroBridgeError(code, typeof body["message"] === "string" ? body["message"] : ERRORS[code].text, {
    status: facts.status ?? ERRORS[code].status,
    recoverable: typeof recoverable === "boolean" ? recoverable : ERRORS[code].recoverable,
    executionId: typeof executionId === "string" ? executionId : undefined,
    context: isObject(context) ? context : undefined,
    retryAfterMs: facts.retryAfterMs,
    body,
  });
}

/** Returns the error of a path of OpenAI's API as an error body (docs/wire-contract.md#102-errors-of-gateways). */
function vendorErrorOf(body: Readonly<Record<string, unknown>> | undefined) {
  const error = body?.["error"];
  if (!isObject(error) || typeof error["message"] !== "string") return undefined;
  const { message, param, code: vendorCode } = error;
  return { message, context: { ...(typeof param === "string" && { field: param }), vendorCode } };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the object that a text has as JSON; undefined if it has none. */
export function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCode(value: unknown): value is ErrorCode {
  return codes.has(value);
}

/** The code of a later version is unknown here; its status has a known one. */
function codeOfStatus(status: number): ErrorCode {
  return (
    errorCodes.find((code) => ERRORS[code].status === status) ?? (status < 500 ? "VALIDATION_FAILED" : "INTERNAL_ERROR")
  );
}

/** Returns the delay of a `Retry-After`, in seconds or as a date. */
function delayOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
