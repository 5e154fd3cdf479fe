import * as z from "zod";
import type { Router } from "express";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import { maySee, type Principal } from "../../core/access/principal.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { History } from "../../history/runHistory.ts";
import { recordOf } from "../../history/executionRecord.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { executionListQuerySchema, executionQuerySchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson, sendLargeJson } from "../http/answers.ts";
import { type ExecutionStreamDeps, streamExecution } from "../events/executionStream.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import { waitForExecution } from "../http/executionWait.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";

const PATH = "/api/kiro/executions";
const noBodySchema = z.strictObject({}).optional();

export interface ExecutionDeps extends ExecutionStreamDeps {
  readonly executions: Pick<ExecutionLog, "get" | "onDidChange">;
  readonly history: Pick<History, "list" | "find">;
  readonly dispatcher: Pick<Dispatcher, "cancel">;
}

/** The executions resource: list, get, events, cancel (docs/wire-contract.md#44-executions). */
export function addExecutions(router: Router, deps: ExecutionDeps, maxBodyBytes: number): void {
  addResource(router, PATH, {
    get: guarded("history:read:own", async (request, response) => {
      const query = validate(executionListQuerySchema, request.query);
      await sendLargeJson(response, 200, await deps.history.list(query, principalOf(request)));
    }),
  });
  addResource(router, `${PATH}/:id`, {
    get: guarded("history:read:own", async (request, response) => {
      const { wait = 0 } = validate(executionQuerySchema, request.query);
      const id = request.params["id"] ?? "";
      const principal = principalOf(request);
      const execution = visible(deps.executions.get(id), principal, "history:read");
      if (execution !== undefined) await waitForExecution(request, response, execution, wait * 1000, deps);
      const record = execution === undefined ? await deps.history.find(id, principal) : recordOf(execution);
      await sendLargeJson(response, 200, found(record));
    }),
  });
  addResource(router, `${PATH}/:id/events`, {
    get: guarded("events:read:own", (request, response) => {
      const execution = deps.executions.get(request.params["id"] ?? "");
      return streamExecution(request, response, found(visible(execution, principalOf(request), "events:read")), deps);
    }),
  });
  addResource(router, `${PATH}/:id/cancel`, {
    post: guarded("executions:cancel:own", async (request, response) => {
      validate(noBodySchema, await readJson(request, maxBodyBytes));
      sendJson(response, 200, await deps.dispatcher.cancel(request.params["id"] ?? "", callerOf(request)));
    }),
  });
}

/** Hides an execution that the principal may not see: it is like an unknown one. */
function visible(
  execution: Execution | undefined,
  principal: Principal,
  scope: "history:read" | "events:read",
): Execution | undefined {
  return maySee(principal, scope, execution?.requestedBy?.principal?.id) ? execution : undefined;
}

function found<T>(execution: T | undefined): T {
  if (execution === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
  return execution;
}
