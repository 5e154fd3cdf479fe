import type { Router } from "express";
import type { StatusBoard } from "../../core/status.ts";
import { sendJson } from "../answers.ts";
import { addResource } from "../resource.ts";

/** `GET /api/kiro/status` (wire contract §4): from memory, no round trip to the editor. */
export function addStatus(router: Router, status: Pick<StatusBoard, "current">): void {
  addResource(router, "/api/kiro/status", { get: (_request, response) => sendJson(response, 200, status.current()) });
}
