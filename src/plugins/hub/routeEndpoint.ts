import type { IncomingMessage } from "node:http";
import type { Caller } from "../../core/access/principal.ts";
import { type RouteRequest, routeRequestSchema } from "../../protocol/plugins/routing.ts";
import type { RoutingDecision } from "../../protocol/plugins/routingDecision.ts";
import { validate } from "../../protocol/validate.ts";
import { callerOf } from "../../server/guards/principals.ts";
import { type Answer, sendJson } from "../../server/http/answers.ts";
import { readJson } from "../../server/http/jsonBody.ts";
import type { Budgeted } from "../../server/limits/budgets.ts";
import { senderChecked } from "./routeTarget.ts";

export interface RouteEndpointDeps {
  readonly route: (request: RouteRequest, caller: Caller) => Promise<RoutingDecision>;
  readonly maxBodyBytes: number;
}

/** `POST /api/kiro/route`: decides which plugins fit a request, and why. Runs nothing. */
export async function answerRoute(
  request: IncomingMessage & Budgeted,
  response: Answer,
  { route, maxBodyBytes }: RouteEndpointDeps,
): Promise<void> {
  const caller = callerOf(request);
  const wanted = validate(routeRequestSchema, await readJson(request, maxBodyBytes));
  sendJson(response, 200, await route(senderChecked(wanted, caller.principal), caller));
}
