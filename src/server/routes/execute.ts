import type { IncomingMessage, ServerResponse } from "node:http";
import type { Router } from "express";
import type { Dispatcher } from "../../core/dispatcher.ts";
import type { Execution } from "../../core/execution.ts";
import { executeRequestSchema } from "../../protocol/executions.ts";
import { invalid, validate } from "../../protocol/validate.ts";
import { EXECUTE_PATH, sendJson } from "../answers.ts";
import { readJson } from "../jsonBody.ts";
import { addResource } from "../resource.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;
const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:[;,]|$)/i;

/** `POST /api/kiro/execute` (wire contract §4). A client that hangs up does not cancel its execution. */
export function addExecute(router: Router, dispatcher: Pick<Dispatcher, "submit">, maxBodyBytes: number): void {
  addResource(router, EXECUTE_PATH, {
    post: async (request, response) => {
      const options = submitOptions(request);
      const body = validate(executeRequestSchema, await readJson(request, maxBodyBytes));
      const execution = await dispatcher.submit(body, options);
      if (RESPOND_ASYNC.test(String(request.headers.prefer ?? ""))) {
        response.setHeader("Preference-Applied", "respond-async");
        answerAccepted(response, execution);
        return;
      }
      await execution.answered;
      answer(response, execution);
    },
  });
}

function submitOptions({ headers }: IncomingMessage): { idempotencyKey?: string } {
  const key = headers["idempotency-key"];
  if (key === undefined) return {};
  if (typeof key === "string" && PRINTABLE_ASCII.test(key)) return { idempotencyKey: key };
  throw invalid("Idempotency-Key", "format", "1 to 255 printable ASCII characters", "something else");
}

/** 200 for whatever the command did, 202 while it asks, an error when the bridge could not run it to its end. */
function answer(response: ServerResponse, execution: Execution): void {
  const { failure } = execution;
  if (failure !== undefined) sendJson(response, failure.status, { ...failure.toBody(), ...execution.response() });
  else if (execution.isSettled) sendJson(response, 200, execution.response());
  else answerAccepted(response, execution);
}

function answerAccepted(response: ServerResponse, execution: Execution): void {
  response.setHeader("Location", `/api/kiro/executions/${execution.id}`);
  sendJson(response, 202, execution.response());
}
