import assert from "node:assert/strict";
import { mergeMetrics } from "../../../../../src/dashboard/channel/windows/mergeMetrics.ts";
import type { MetricsSnapshot } from "../../../../../src/protocol/metrics.ts";

function metrics(ended: number, p50: number, at = 10_000): MetricsSnapshot {
  return {
    timestamp: "2026-01-01T00:00:00.000Z",
    uptimeSeconds: ended,
    executions: { started: ended, completed: ended, failed: 0, cancelled: 1, interrupted: 0 },
    errorRate: p50 / 1000,
    latencyMs: { count: ended, p50, p95: p50, p99: p50 },
    queue: { running: 1, queued: 2, waitingForInput: 0 },
    events: { appended: 10, sent: 5, dropped: 0 },
    clients: 1,
    restarts: 0,
    commands: [{ name: "echo", ended, failed: 1, p50 }],
    sessions: [],
    series: { sliceSeconds: 10, slices: [{ at, started: ended, ended, failed: 0, p50 }] },
  };
}

describe("mergeMetrics", () => {
  it("returns those of the only window", () => {
    const only = metrics(3, 100);
    assert.equal(mergeMetrics(only, []), only);
  });

  it("adds up counts, and weighs percentiles and rates by the number of executions", () => {
    const merged = mergeMetrics(metrics(30, 100), [metrics(10, 500)]);
    assert.deepEqual(merged.executions, { started: 40, completed: 40, failed: 0, cancelled: 2, interrupted: 0 });
    assert.deepEqual(merged.latencyMs, { count: 40, p50: 200, p95: 200, p99: 200 });
    assert.equal(merged.errorRate, 0.2);
    assert.deepEqual(merged.queue, { running: 2, queued: 4, waitingForInput: 0 });
    assert.deepEqual(merged.commands, [{ name: "echo", ended: 40, failed: 2, p50: 200 }]);
    assert.deepEqual(merged.series.slices, [{ at: 10_000, started: 40, ended: 40, failed: 0, p50: 200 }]);
  });

  it("counts in a slice only what others did at the same time", () => {
    const merged = mergeMetrics(metrics(30, 100), [metrics(10, 500, 20_000)]);
    assert.deepEqual(merged.series.slices, [{ at: 10_000, started: 30, ended: 30, failed: 0, p50: 100 }]);
  });
});
