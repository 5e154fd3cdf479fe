import type { IncomingMessage } from "node:http";
import type { Caller, Principal, Via } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { programOf } from "../clients.ts";

const principals = new WeakMap<IncomingMessage, Principal>();

/** Records the principal of a request that has passed the guards. */
export function admitAs(request: IncomingMessage, principal: Principal): void {
  principals.set(request, principal);
}

/** @throws BridgeError AUTHENTICATION_FAILED for a request to a public route, which has no principal */
export function principalOf(request: IncomingMessage): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new BridgeError("AUTHENTICATION_FAILED");
  return principal;
}

export function callerOf(request: IncomingMessage, via: Via = "http"): Caller {
  return { principal: principalOf(request), via, program: programOf(request) };
}
