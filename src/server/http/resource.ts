import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler, Router } from "express";
import { assertMeets } from "../../core/access/scopeRule.ts";
import type { ScopeRule } from "../../protocol/access.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";
import { principalOf } from "../guards/principals.ts";

/** A handler that checks the scope of its requests. */
export type Guarded<Handler> = Handler & { readonly scope: ScopeRule };

/**
 * Returns a handler that first checks the scope of its request: the one check for routes, for executes that bypass Express,
 * and for upgrades (docs/wire-contract.md#16-scopes).
 * @param scope `public` for routes that `isExempt` names, and for upgrades to an endpoint that authenticates the other end
 * by its own protocol, and no others
 * @throws BridgeError ACCESS_DENIED with `{scope}`; AUTHENTICATION_FAILED for a request without a principal
 */
export function guarded<Asked extends IncomingMessage, Rest extends unknown[], Result>(
  scope: ScopeRule,
  handle: (request: Asked, ...rest: Rest) => Result,
): Guarded<(request: Asked, ...rest: Rest) => Result> {
  const check = (request: Asked, ...rest: Rest): Result => {
    if (scope !== "public") assertMeets(principalOf(request), scope);
    return handle(request, ...rest);
  };
  return Object.assign(check, { scope });
}

/** The handlers of a path, by method, each with the scope that it needs. */
export interface ResourceMethods {
  readonly get?: Guarded<RequestHandler<Record<string, string>>>;
  readonly post?: Guarded<RequestHandler<Record<string, string>>>;
  readonly delete?: Guarded<RequestHandler<Record<string, string>>>;
}

/** Adds a path. Other methods get NOT_FOUND with the supported ones; OPTIONS gets `Allow`. */
export function addResource(router: Router, path: string, methods: ResourceMethods): void {
  const route = router.route(path);
  if (methods.get !== undefined) route.get(methods.get);
  if (methods.post !== undefined) route.post(methods.post);
  if (methods.delete !== undefined) route.delete(methods.delete);
  const names = Object.keys(methods).map((name) => name.toUpperCase());
  route.all(otherMethod(methods.get === undefined ? names : [...names, "HEAD"]));
}

/** The last handler: no route matched. */
export function nothingThere(request: Request): never {
  throw new BridgeError("NOT_FOUND", `There is no ${request.method} ${quote(request.path)}.`);
}

function otherMethod(allowed: readonly string[]): RequestHandler {
  const allow = [...allowed, "OPTIONS"].join(", ");
  return function rejectOtherMethod(request, response) {
    response.setHeader("Allow", allow);
    if (request.method !== "OPTIONS") {
      throw new BridgeError(
        "NOT_FOUND",
        `${quote(request.path)} does not support ${request.method}. Use ${allowed.join(" or ")}.`,
      );
    }
    response.writeHead(204).end();
  };
}
