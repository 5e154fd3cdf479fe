import type { Router } from "express";
import { type EventStreamDeps, streamEvents } from "../events/eventStream.ts";
import { addResource, guarded } from "../http/resource.ts";

/** `GET /api/kiro/events`: streams all events. An upgrade at the same path opens a WebSocket. */
export function addEvents(router: Router, deps: EventStreamDeps): void {
  addResource(router, "/api/kiro/events", {
    get: guarded("events:read:own", (request, response) => streamEvents(request, response, deps)),
  });
}
