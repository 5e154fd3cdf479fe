import type { Router } from "express";
import type { PrometheusMeter } from "../../core/metrics/prometheus.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import { sendText } from "../http/answers.ts";
import { addResource, guarded } from "../http/resource.ts";
import { askAll } from "../windows/askAll.ts";
import { metricsOfAll } from "../windows/metricsOfAll.ts";
import type { Placement } from "../windows/placement.ts";

const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface MetricsDeps {
  readonly meter: Pick<PrometheusMeter, "exposition">;
  readonly placement: Placement;
}

/** `GET /metrics`: metrics of all windows for Prometheus, which sends the token as `authorization` of its job. */
export function addMetrics(router: Router, { meter, placement }: MetricsDeps): void {
  addResource(router, "/metrics", {
    get: guarded("status:read", async (request, response) => {
      const others = placement.othersFor(request);
      const call = { method: "GET", path: "/metrics", caller: callerOf(request) } as const;
      const answers = others.length === 0 ? [] : await askAll(others, call);
      const parts = answers.map(({ window, answer }) => ({
        windowId: window.record.id,
        text: answer?.status === 200 ? answer.body : undefined,
      }));
      const own = meter.exposition(principalOf(request));
      sendText(response, 200, TEXT_TYPE, parts.length === 0 ? own : metricsOfAll(own, parts));
    }),
  });
}
