import type { Router } from "express";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import { executeRequestSchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import { callerOf } from "../guards/principals.ts";
import { addResource, guarded } from "../http/resource.ts";
import type { Placement } from "../windows/placement.ts";

export interface PolicyDeps {
  readonly dispatcher: Pick<Dispatcher, "check">;
  readonly placement: Placement;
}

/**
 * `POST /api/kiro/policy/check`: returns whether a request would be allowed, by which rule, and its target. Executes
 * nothing.
 */
export function addPolicy(router: Router, { dispatcher, placement }: PolicyDeps): void {
  addResource(router, "/api/kiro/policy/check", {
    post: guarded("any", async (request, response) => {
      const placed = await placement.read(request, response, {
        parse: (body) => validate(executeRequestSchema, body),
        select: (body) => placement.destinationOf(request, body),
      });
      if (placed !== undefined) sendJson(response, 200, dispatcher.check(placed.body, callerOf(request)));
    }),
  });
}
