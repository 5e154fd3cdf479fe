import * as z from "zod";
import type { Router } from "express";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import { maySee, type Principal } from "../../core/access/principal.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { History } from "../../history/runHistory.ts";
import { recordOf } from "../../history/executionRecord.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { type ExecutionList, executionListQuerySchema, executionQuerySchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson, sendLargeJson } from "../http/answers.ts";
import { type ExecutionStreamDeps, streamExecution } from "../events/executionStream.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import { waitForExecution } from "../http/executionWait.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";
import { ExecutionPlaces } from "../windows/executionPlaces.ts";
import { listAllExecutions } from "../windows/listAllExecutions.ts";
import type { Placement } from "../windows/placement.ts";
import { GET_TIMEOUT_MS } from "../windows/windows.ts";

const PATH = "/api/kiro/executions";
const noBodySchema = z.strictObject({}).optional();

export interface ExecutionDeps extends ExecutionStreamDeps {
  readonly placement: Placement;
  readonly executions: Pick<ExecutionLog, "get" | "onDidChange">;
  readonly history: Pick<History, "list" | "find">;
  readonly dispatcher: Pick<Dispatcher, "cancel">;
}

/** The executions resource: list, get, events, cancel (docs/wire-contract.md#44-executions). */
export function addExecutions(router: Router, deps: ExecutionDeps, maxBodyBytes: number): void {
  const places = new ExecutionPlaces(deps);
  addResource(router, PATH, {
    get: guarded("history:read:own", async (request, response) => {
      const query = validate(executionListQuerySchema, request.query);
      const own = (): Promise<ExecutionList> => deps.history.list(query, principalOf(request));
      const others = deps.placement.othersFor(request);
      const list = others.length === 0 ? await own() : await listAllExecutions(others, query, callerOf(request), own);
      await sendLargeJson(response, 200, list);
    }),
  });
  addResource(router, `${PATH}/:id`, {
    get: guarded("history:read:own", async (request, response) => {
      const { wait = 0 } = validate(executionQuerySchema, request.query);
      const id = request.params["id"] ?? "";
      const principal = principalOf(request);
      const place = await places.ofRecord(deps.placement.reachOf(request), id);
      if (place.kind === "window") {
        const connection = wait > 0 ? "http" : undefined;
        const timeoutMs = wait * 1000 + GET_TIMEOUT_MS;
        return deps.placement.forward(request, response, place.window, { connection, timeoutMs });
      }
      const execution = visible(deps.executions.get(id), principal, "history:read");
      if (execution !== undefined) await waitForExecution(request, response, execution, wait * 1000, deps);
      const record = execution === undefined ? await deps.history.find(id, principal) : recordOf(execution);
      await sendLargeJson(response, 200, found(record));
    }),
  });
  addResource(router, `${PATH}/:id/events`, {
    get: guarded("events:read:own", async (request, response) => {
      const id = request.params["id"] ?? "";
      const place = await places.ofExecution(deps.placement.reachOf(request), id);
      if (place.kind === "window")
        return deps.placement.forward(request, response, place.window, { connection: "sse" });
      const execution = deps.executions.get(id);
      return streamExecution(request, response, found(visible(execution, principalOf(request), "events:read")), deps);
    }),
  });
  addResource(router, `${PATH}/:id/cancel`, {
    post: guarded("executions:cancel:own", async (request, response) => {
      const place = await places.ofExecution(deps.placement.reachOf(request), request.params["id"] ?? "");
      if (place.kind === "window") return deps.placement.forward(request, response, place.window);
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
