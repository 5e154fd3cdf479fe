import * as z from "zod";
import type { Router } from "express";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { History } from "../../history/runHistory.ts";
import { recordOf } from "../../history/executionRecord.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { executionListQuerySchema, executionQuerySchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson, sendLargeJson } from "../http/answers.ts";
import { type ExecutionStreamDeps, streamExecution } from "../events/executionStream.ts";
import { callerOf } from "../guards/principals.ts";
import { waitForExecution } from "../http/executionWait.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";

const PATH = "/api/kiro/executions";
const noBodySchema = z.strictObject({}).optional();

export interface ExecutionDeps extends ExecutionStreamDeps {
  readonly executions: Pick<ExecutionLog, "get" | "onDidChange">;
  readonly history: Pick<History, "list" | "get">;
  readonly dispatcher: Pick<Dispatcher, "cancel">;
}

/** The executions resource: list, get, events, cancel (docs/wire-contract.md#44-executions). */
export function addExecutions(router: Router, deps: ExecutionDeps, maxBodyBytes: number): void {
  addResource(router, PATH, {
    get: guarded("history:read:own", async (request, response) => {
      await sendLargeJson(response, 200, await deps.history.list(validate(executionListQuerySchema, request.query)));
    }),
  });
  addResource(router, `${PATH}/:id`, {
    get: guarded("history:read:own", async (request, response) => {
      const { wait = 0 } = validate(executionQuerySchema, request.query);
      const id = request.params["id"] ?? "";
      const execution = deps.executions.get(id);
      if (execution !== undefined) await waitForExecution(request, response, execution, wait * 1000, deps);
      await sendLargeJson(
        response,
        200,
        execution === undefined ? found(await deps.history.get(id)) : recordOf(execution),
      );
    }),
  });
  addResource(router, `${PATH}/:id/events`, {
    get: guarded("events:read:own", (request, response) =>
      streamExecution(request, response, found(deps.executions.get(request.params["id"] ?? "")), deps),
    ),
  });
  addResource(router, `${PATH}/:id/cancel`, {
    post: guarded("executions:cancel:own", async (request, response) => {
      validate(noBodySchema, await readJson(request, maxBodyBytes));
      sendJson(response, 200, await deps.dispatcher.cancel(request.params["id"] ?? "", callerOf(request)));
    }),
  });
}

function found<T>(execution: T | undefined): T {
  if (execution === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
  return execution;
}
