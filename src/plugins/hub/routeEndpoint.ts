import type { Router } from "express";
import type { Caller } from "../../core/access/principal.ts";
import { type RouteRequest, routeRequestSchema } from "../../protocol/plugins/routing.ts";
import type { RoutingDecision } from "../../protocol/plugins/routingDecision.ts";
import { validate } from "../../protocol/validate.ts";
import { callerOf } from "../../server/guards/principals.ts";
import { sendJson } from "../../server/http/answers.ts";
import { readJson } from "../../server/http/jsonBody.ts";
import { addResource, guarded } from "../../server/http/resource.ts";
import { senderChecked } from "./routeTarget.ts";

export interface RouteEndpointDeps {
  readonly route: (request: RouteRequest, caller: Caller) => Promise<RoutingDecision>;
}

/** `POST /api/kiro/route`: decides which plugins fit a request, and why. Runs nothing. */
export function addRouting(router: Router, { route }: RouteEndpointDeps, maxBodyBytes: number): void {
  addResource(router, "/api/kiro/route", {
    post: guarded("commands:run", async (request, response) => {
      const caller = callerOf(request);
      const wanted = validate(routeRequestSchema, await readJson(request, maxBodyBytes));
      sendJson(response, 200, await route(senderChecked(wanted, caller.principal), caller));
    }),
  });
}
