import type { Router } from "express";
import { sendJson } from "../answers.ts";
import type { Readiness } from "../readiness.ts";
import { addResource } from "../resource.ts";

/** `GET /health`: 200 healthy, or 503 unhealthy while the server starts or stops. Needs no token. */
export function addHealth(router: Router, readiness: Readiness): void {
  addResource(router, "/health", {
    get: (_request, response) => sendJson(response, readiness.isOpen ? 200 : 503, readiness.health()),
  });
}
