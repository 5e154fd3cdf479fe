import type { IncomingMessage, ServerResponse } from "node:http";

const PREFLIGHT_SECONDS = 600;

/** Lets pages of allowed origins read responses. CORS is not access control; the guards are. */
export function addCorsHeaders(response: ServerResponse, origin: string): void {
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", "Location, Preference-Applied, Retry-After, X-Request-Id");
  response.setHeader("Vary", "Origin");
}

/** Answers a CORS preflight request, which never has a token. */
export function isPreflight(request: IncomingMessage): boolean {
  return request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
}

export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
  response.setHeader(
    "Access-Control-Allow-Headers",
    "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer, traceparent",
  );
  response.setHeader("Access-Control-Max-Age", PREFLIGHT_SECONDS);
  if (request.headers["access-control-request-private-network"] === "true") {
    response.setHeader("Access-Control-Allow-Private-Network", "true");
  }
  response.writeHead(204).end();
}
