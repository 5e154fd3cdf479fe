import type { IncomingMessage } from "node:http";
import type { Caller } from "../../core/access/principal.ts";
import { CALLER_HEADER, callerText } from "../../server/guards/callerHeader.ts";

/**
 * The headers that stay here: those of one connection, those that the guards have checked, and those that are set for the
 * forwarded request. No token leaves this window.
 */
const ownHeaders: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "origin",
  "authorization",
  "x-api-key",
  "api-key",
  "proxy-authorization",
  "cookie",
  "user-agent",
  "content-length",
  "x-request-id",
  "traceparent",
  CALLER_HEADER,
]);
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const TICKET = /([?&])ticket=[^&]*(&|$)/;

/** Returns the headers of a forwarded request, as names and values. */
export function forwardedHeaders(headers: Headers, caller: Caller, requestId?: string): string[] {
  const sent = [CALLER_HEADER, callerText(caller)];
  if (requestId !== undefined) sent.push("x-request-id", requestId);
  if (caller.program !== undefined) sent.push("user-agent", caller.program);
  if (caller.traceparent !== undefined) sent.push("traceparent", caller.traceparent);
  for (const name in headers) {
    if (ownHeaders.has(name) || name.startsWith("sec-fetch-")) continue;
    const value = name === "sec-websocket-protocol" ? withoutToken(headers[name]) : headers[name];
    if (typeof value === "string") sent.push(name, value);
  }
  return sent;
}

/** Returns the path and query of a request without its ticket. */
export function forwardedPath({ url = "/" }: IncomingMessage): string {
  return url.includes("ticket=") ? url.replace(TICKET, (_all, before, after) => (after === "" ? "" : before)) : url;
}

/** Returns true if a request has a body that nobody has read. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Removes the subprotocol that has the token. */
function withoutToken(offered: Headers[string]): string | undefined {
  const names = typeof offered !== "string" ? undefined : offered.split(",").map((name) => name.trim());
  const left = names?.filter((name) => !name.startsWith("bearer.")) ?? [];
  return left.length === 0 ? undefined : left.join(", ");
}
