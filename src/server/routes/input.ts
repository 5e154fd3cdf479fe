import type { Router } from "express";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import { inputAnswerSchema } from "../../protocol/input.ts";
import { withKnownNames } from "../../protocol/otherNames.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import { callerOf } from "../guards/principals.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";

/** `POST /api/kiro/input`: answers a question of an execution. The first valid answer wins. */
export function addInput(router: Router, dispatcher: Pick<Dispatcher, "answer">, maxBodyBytes: number): void {
  addResource(router, "/api/kiro/input", {
    post: guarded("inputs:answer:own", async (request, response) => {
      const answer = validate(
        inputAnswerSchema,
        withKnownNames(await readJson(request, maxBodyBytes), ["executionId", "type"]),
      );
      sendJson(response, 200, dispatcher.answer(answer, callerOf(request)));
    }),
  });
}
