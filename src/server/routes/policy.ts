import type { Router } from "express";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import { executeRequestSchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import { callerOf } from "../guards/principals.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";

/**
 * `POST /api/kiro/policy/check`: returns whether a request would be allowed, by which rule, and its target. Executes
 * nothing.
 */
export function addPolicy(router: Router, dispatcher: Pick<Dispatcher, "check">, maxBodyBytes: number): void {
  addResource(router, "/api/kiro/policy/check", {
    post: guarded("any", async (request, response) => {
      const body = validate(executeRequestSchema, await readJson(request, maxBodyBytes));
      sendJson(response, 200, dispatcher.check(body, callerOf(request)));
    }),
  });
}
