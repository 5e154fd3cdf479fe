import type { IncomingMessage } from "node:http";
import { sharedWeakMap } from "../../base/sharedMap.ts";
import type { Caller, ParentRef, Principal, Via } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { readTraceparent } from "../../protocol/tracing/traceparent.ts";
import { accessEnded } from "../../core/access/scopes.ts";
import { programOf } from "./program.ts";

const principals = sharedWeakMap<IncomingMessage, Principal>("principals");

/** Records the principal of a request that has passed the guards. */
export function admitAs(request: IncomingMessage, principal: Principal): void {
  principals.set(request, principal);
}

/** The entry points of requests to gateways, and of forwarded ones, at the window that has forwarded them. */
const entries = sharedWeakMap<IncomingMessage, Pick<Caller, "via" | "parent">>("entries");

/**
 * Records the way that a request came in: at the other window, if it was forwarded.
 * @param parent the execution there in which an agent has sent it
 */
export function cameInVia(request: IncomingMessage, via: Via, parent?: ParentRef): void {
  entries.set(request, { via, parent });
}

/** Returns undefined for a request that has not passed the guards. */
export function admittedPrincipal(request: IncomingMessage): Principal | undefined {
  return principals.get(request);
}

/** @throws BridgeError AUTHENTICATION_FAILED for a request to a public route, which has no principal */
export function principalOf(request: IncomingMessage): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new BridgeError("AUTHENTICATION_FAILED");
  return principal;
}

/** Returns the principal of a request, or undefined for a request to a public route. */
export function knownPrincipalOf(request: IncomingMessage): Principal | undefined {
  return principals.get(request);
}

/** @throws BridgeError AUTHENTICATION_FAILED if the access has ended while the body was being received, or something ran */
export function activePrincipalOf(request: IncomingMessage): Principal {
  const principal = principalOf(request);
  if (!principal.isActive) throw accessEnded();
  return principal;
}

/** The latest caller of each principal: a program sends many requests, which share one object. */
const callers = new WeakMap<Principal, Caller>();

/**
 * @param entry the way that the request came in, unless another window has forwarded it
 * @throws BridgeError as `activePrincipalOf` does
 */
export function callerOf(request: IncomingMessage, entry: Via = "http"): Caller {
  const principal = activePrincipalOf(request);
  const { via, parent } = entries.get(request) ?? { via: entry };
  const program = programOf(request);
  const traceparent = readTraceparent(request.headers["traceparent"]);
  const known = callers.get(principal);
  const isKnown = known?.via === via && known.program === program && known.parent === parent;
  if (isKnown && known.traceparent === traceparent) return known;
  const caller: Caller = { principal, via, program, parent, traceparent };
  callers.set(principal, caller);
  return caller;
}
