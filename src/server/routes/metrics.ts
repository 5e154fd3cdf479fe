import type { Router } from "express";
import type { PrometheusMeter } from "../../core/metrics/prometheus.ts";
import { principalOf } from "../guards/principals.ts";
import { sendText } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";

const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** `GET /metrics`: metrics for Prometheus, which sends the token as `authorization` of its job. */
export function addMetrics(router: Router, meter: Pick<PrometheusMeter, "exposition">): void {
  addResource(router, "/metrics", {
    get: guarded("status:read", (request, response) =>
      sendText(response, 200, TEXT_TYPE, meter.exposition(principalOf(request))),
    ),
  });
}
