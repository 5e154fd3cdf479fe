import type { Router } from "express";
import type { StatusBoard } from "../../core/status.ts";
import { type BridgeStatus, statusQuerySchema } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import { principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";

/**
 * `GET /api/kiro/status` (docs/wire-contract.md#48-status-commands-policy-health-metrics): from memory, without a round
 * trip to the editor. The list of commands has 100 KB.
 */
export function addStatus(router: Router, status: Pick<StatusBoard, "current">): void {
  addResource(router, "/api/kiro/status", {
    get: guarded("status:read", (request, response) => {
      const { fields } = validate(statusQuerySchema, request.query);
      const current = status.current(principalOf(request));
      sendJson(response, 200, fields === undefined ? current : only(current, fields));
    }),
  });
}

function only(status: BridgeStatus, fields: readonly (keyof BridgeStatus)[]): Partial<BridgeStatus> {
  return Object.fromEntries(fields.map((name) => [name, status[name]]));
}
