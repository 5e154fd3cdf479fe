import type { IncomingMessage } from "node:http";
import type { Router } from "express";
import type { Answerable } from "../../core/commands/submission.ts";
import { executeRequestSchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { type Answer, EXECUTE_PATH, sendFailure, sendJson } from "../http/answers.ts";
import { activePrincipalOf, callerOf } from "../guards/principals.ts";
import type { Budgeted } from "../limits/budgets.ts";
import { whenRoomFor } from "../limits/lateAnswer.ts";
import { addResource, type Guarded, guarded } from "../http/resource.ts";
import {
  idempotencyKeyOf,
  prefersAsync,
  sendAccepted,
  sendAcceptedAsync,
  submitTo,
  type Submitter,
} from "../http/submission.ts";
import { responseOf } from "../http/executeResponse.ts";
import type { Placement } from "../windows/placement.ts";

export interface ExecutorDeps {
  readonly dispatcher: Submitter;
  readonly placement: Placement;
}

/**
 * Handles `POST /api/kiro/execute` (docs/wire-contract.md#41-execute). The execution continues if the client
 * disconnects.
 */
export type Executor = Guarded<(request: IncomingMessage & Budgeted, response: Answer) => Promise<void>>;

/** The dispatcher then checks the scope of the target. */
const EXECUTE_SCOPE = ["commands:run", "agents:prompt"] as const;

export function createExecutor({ dispatcher, placement }: ExecutorDeps): Executor {
  return guarded(EXECUTE_SCOPE, async (request, response) => {
    const key = idempotencyKeyOf(request);
    const placed = await placement.read(request, response, {
      parse: (body) => validate(executeRequestSchema, body),
      select: (body) => placement.destinationOf(request, body, key),
    });
    if (placed === undefined) return;
    const { body, destination } = placed;
    const outside = { request: body, idempotencyKey: key, caller: callerOf(request) };
    const { execution } = destination.kind === "past" ? destination : await submitTo(dispatcher, outside);
    if (prefersAsync(request)) {
      sendAcceptedAsync(response, execution, responseOf(execution));
      return;
    }
    await execution.answered;
    const principal = activePrincipalOf(request);
    whenRoomFor(response.app.locals.unsent, execution, (told) => {
      if (principal.isActive) answer(response, told);
      else response.destroy();
    });
  });
}

export function addExecute(router: Router, execute: Executor): void {
  addResource(router, EXECUTE_PATH, { post: execute });
}

/** Sends 200 for any result of the command, 202 while it asks, and an error if the bridge could not finish it. */
function answer(response: Answer, execution: Answerable): void {
  const { failure } = execution;
  if (failure !== undefined) sendFailure(response, failure, { ...failure.toBody(), ...responseOf(execution) });
  else if (execution.isSettled) sendJson(response, 200, responseOf(execution));
  else sendAccepted(response, execution, responseOf(execution));
}
