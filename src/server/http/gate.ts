import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { invalid } from "../../protocol/validate.ts";
import type { ClientRegistry } from "../clients.ts";
import { addCorsHeaders, answerPreflight, isPreflight } from "./cors.ts";
import type { Principal } from "../../core/access/principal.ts";
import { admitAs } from "../guards/principals.ts";
import { isExempt } from "../guards/exempt.ts";
import type { Guards } from "../guards/guards.ts";
import { type Ownership, whenServing } from "../listen/ownership.ts";
import type { Readiness } from "../listen/readiness.ts";
import { isForwarded } from "../windows/linkConnections.ts";

/** A step of request handling: throws, responds, or calls `next`. */
export type Gate = (
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
  /** Called instead of throwing, if the step had to wait. */
  fail: (thrown: unknown) => void,
) => void;

export interface GateDeps {
  readonly guards: Guards;
  readonly readiness: Readiness;
  readonly clients: ClientRegistry;
  readonly ownership: Ownership;
}

/**
 * The first step of every request: sets headers, applies the guards, and rejects requests while the server is not open, or
 * another window has the address.
 */
export function gate({ guards, readiness, clients, ownership }: GateDeps): Gate {
  return (request, response, next, fail) => {
    markAnswer(response, requestIdOf(request));
    assertOriginForm(request);
    const origin = guards.assertSource(request);
    if (origin !== undefined) addCorsHeaders(response, origin);
    if (origin !== undefined && isPreflight(request)) {
      answerPreflight(request, response);
      return;
    }
    const proceed = (): void => {
      const waiting = readiness.isOpen ? whenServing(ownership, request.socket) : undefined;
      if (waiting === undefined) next();
      else waiting.then(next).catch(fail);
    };
    const admit = (principal: Principal): void => {
      admitAs(request, principal);
      if (!readiness.isOpen) response.setHeader("Connection", "close");
      readiness.assertOpen();
      clients.called(request);
      proceed();
    };
    // A client that left while its token was verified has no response, and its body will not end.
    const admitUnlessGone = (principal: Principal): void => {
      if (!response.destroyed && !request.socket.destroyed) admit(principal);
    };
    if (isExempt(request)) {
      if (!readiness.isOpen) response.setHeader("Connection", "close");
      proceed();
      return;
    }
    const principal = guards.authenticate(request);
    if (principal instanceof Promise) principal.then(admitUnlessGone).catch(fail);
    else admit(principal);
  };
}

/** Returns a new ID, or that of the other window for a forwarded request. */
function requestIdOf(request: IncomingMessage): string {
  const id = isForwarded(request) ? request.headers["x-request-id"] : undefined;
  return typeof id === "string" ? id : randomUUID();
}

function markAnswer(response: ServerResponse, requestId: string): void {
  response.setHeader("X-Request-Id", requestId);
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
}

/** Rejects `GET http://other/ HTTP/1.1`, which has a second host in addition to the one that the guards check. */
function assertOriginForm(request: IncomingMessage): void {
  if (request.url?.startsWith("/") !== true) throw invalid("url", "format", "a path", "another form");
}
