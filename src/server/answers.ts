import type { IncomingMessage, ServerResponse } from "node:http";
import type { BridgeError } from "../protocol/errors.ts";
import { pathOf } from "./guards.ts";

const JSON_TYPE = "application/json; charset=utf-8";
export const EXECUTE_PATH = "/api/kiro/execute";

/** Answers with JSON. Does nothing when the client has hung up. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": JSON_TYPE, "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

/** Answers with the one error body (wire contract §3). An answer that has begun is cut instead. */
export function sendError(request: IncomingMessage, response: ServerResponse, error: BridgeError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(headersOf(error))) {
    if (!response.hasHeader(name)) response.setHeader(name, value);
  }
  sendJson(response, error.status, bodyOf(request, error));
}

/** Headers that belong to an error. */
export function headersOf(error: BridgeError): Readonly<Record<string, string>> {
  if (error.code === "AUTHENTICATION_FAILED") return { "WWW-Authenticate": "Bearer" };
  return error.code === "RATE_LIMIT_EXCEEDED" ? { "Retry-After": String(error.retryAfterSeconds ?? 1) } : {};
}

/** A failed execute says the same once more in the words of the seed's clients. */
function bodyOf(request: IncomingMessage, error: BridgeError): object {
  const body = error.toBody();
  if (pathOf(request) !== EXECUTE_PATH) return body;
  return { ...body, success: false, output: "", error: error.message, executionTimeMs: 0 };
}
