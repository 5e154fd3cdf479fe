import * as z from "zod";
import type { Router } from "express";
import type { Dispatcher } from "../../core/dispatcher.ts";
import type { EventLog } from "../../core/eventLog.ts";
import type { Execution } from "../../core/execution.ts";
import type { ExecutionLog } from "../../core/executionLog.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { executionListQuerySchema } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../answers.ts";
import { streamExecution } from "../executionStream.ts";
import { readJson } from "../jsonBody.ts";
import { addResource } from "../resource.ts";

const PATH = "/api/kiro/executions";
const noBodySchema = z.strictObject({}).optional();

export interface ExecutionParts {
  readonly executions: Pick<ExecutionLog, "get" | "list">;
  readonly dispatcher: Pick<Dispatcher, "cancel">;
  readonly events: EventLog;
}

/** The executions as a resource: the list, one, its events, its cancel (wire contract §4). */
export function addExecutions(router: Router, parts: ExecutionParts, maxBodyBytes: number): void {
  const find = (id: string | undefined): Execution => {
    const execution = parts.executions.get(id ?? "");
    if (execution === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this id.");
    return execution;
  };
  addResource(router, PATH, {
    get: (request, response) => {
      sendJson(response, 200, parts.executions.list(validate(executionListQuerySchema, request.query)));
    },
  });
  addResource(router, `${PATH}/:id`, {
    get: (request, response) => sendJson(response, 200, find(request.params["id"]).record()),
  });
  addResource(router, `${PATH}/:id/events`, {
    get: (request, response) => streamExecution(request, response, find(request.params["id"]), parts.events),
  });
  addResource(router, `${PATH}/:id/cancel`, {
    post: async (request, response) => {
      validate(noBodySchema, await readJson(request, maxBodyBytes));
      sendJson(response, 200, await parts.dispatcher.cancel(request.params["id"] ?? ""));
    },
  });
}
