import type { Router } from "express";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import { inputAnswerSchema } from "../../protocol/input.ts";
import { withKnownNames } from "../../protocol/otherNames.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import { callerOf } from "../guards/principals.ts";
import { addResource, guarded } from "../http/resource.ts";
import { ExecutionPlaces, type ExecutionPlacesDeps } from "../windows/executionPlaces.ts";
import type { Placement } from "../windows/placement.ts";

export interface InputDeps extends ExecutionPlacesDeps {
  readonly placement: Placement;
  readonly dispatcher: Pick<Dispatcher, "answer">;
}

/** `POST /api/kiro/input`: answers a question of an execution. The first valid answer wins. */
export function addInput(router: Router, deps: InputDeps): void {
  const { dispatcher, placement } = deps;
  const places = new ExecutionPlaces(deps);
  addResource(router, "/api/kiro/input", {
    post: guarded("inputs:answer:own", async (request, response) => {
      const placed = await placement.read(request, response, {
        parse: (body) => validate(inputAnswerSchema, withKnownNames(body, ["executionId", "type"])),
        select: ({ executionId }) => places.ofExecution(placement.reachOf(request), executionId),
      });
      if (placed !== undefined) sendJson(response, 200, dispatcher.answer(placed.body, callerOf(request)));
    }),
  });
}
