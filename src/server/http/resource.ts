import type { RequestHandler, Router } from "express";
import { BridgeError } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";

/** The handlers of a path, by method. */
export interface ResourceMethods {
  readonly get?: RequestHandler<Record<string, string>>;
  readonly post?: RequestHandler<Record<string, string>>;
  readonly delete?: RequestHandler<Record<string, string>>;
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
export const nothingThere: RequestHandler = (request) => {
  throw new BridgeError("NOT_FOUND", `There is no ${request.method} ${quote(request.path)}.`);
};

function otherMethod(allowed: readonly string[]): RequestHandler {
  const allow = [...allowed, "OPTIONS"].join(", ");
  return (request, response) => {
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
