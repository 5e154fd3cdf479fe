import type { Router } from "express";
import type { StatusBoard } from "../../core/status.ts";
import { type BridgeStatus, statusQuerySchema } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import { principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";
import type { Placement } from "../windows/placement.ts";
import { statusOfAll } from "../windows/statusOfAll.ts";

export interface StatusRouteDeps {
  readonly status: Pick<StatusBoard, "current">;
  readonly placement: Placement;
}

/**
 * `GET /api/kiro/status` (docs/wire-contract.md#48-status-commands-policy-health-metrics): from memory, without a round
 * trip to the editor or to other windows. The list of commands has 100 KB.
 */
export function addStatus(router: Router, { status, placement }: StatusRouteDeps): void {
  addResource(router, "/api/kiro/status", {
    get: guarded("status:read", (request, response) => {
      const { fields } = validate(statusQuerySchema, request.query);
      const principal = principalOf(request);
      const current = statusOfAll(status.current(principal), placement.windowsFor(request), principal);
      sendJson(response, 200, fields === undefined ? current : only(current, fields));
    }),
  });
}

function only(status: BridgeStatus, fields: readonly (keyof BridgeStatus)[]): Partial<BridgeStatus> {
  return Object.fromEntries(fields.map((name) => [name, status[name]]));
}
