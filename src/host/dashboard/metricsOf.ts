import type { ExecutionRecord } from "../../protocol/executions.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";

const SLICE_MS = 10_000;
const SLICES = 60;

type Ended = Pick<ExecutionRecord, "status" | "completedAt" | "executionTimeMs">;

/** The numbers as far as the executions in memory tell them, until the bridge keeps metrics of its own. */
export function metricsOf(records: readonly Ended[], now: number): MetricsSnapshot {
  const newest = Math.floor(now / SLICE_MS) * SLICE_MS;
  const oldest = newest - (SLICES - 1) * SLICE_MS;
  const ended = records.filter(({ completedAt = "" }) => Date.parse(completedAt) >= oldest);
  const bySlice = Map.groupBy(
    ended,
    ({ completedAt = "" }) => Math.floor(Date.parse(completedAt) / SLICE_MS) * SLICE_MS,
  );
  const { failed, p50, p95, ended: count } = figuresOf(ended);
  const counted = (status: string): number => records.filter((record) => record.status === status).length;
  return {
    timestamp: new Date(now).toISOString(),
    uptimeSeconds: 0,
    executions: {
      started: records.length,
      completed: counted("completed"),
      failed: counted("failed"),
      cancelled: counted("cancelled"),
    },
    errorRate: count === 0 ? 0 : failed / count,
    latencyMs: { count, ...(p50 !== undefined && { p50 }), ...(p95 !== undefined && { p95 }) },
    queue: { running: counted("running"), queued: counted("queued"), waitingForInput: counted("waiting-input") },
    events: { appended: 0, sent: 0, dropped: 0 },
    clients: 0,
    restarts: 0,
    commands: [],
    sessions: [],
    series: {
      sliceSeconds: SLICE_MS / 1000,
      slices: Array.from({ length: SLICES }, (_, index) => {
        const at = oldest + index * SLICE_MS;
        return { at, started: 0, ...figuresOf(bySlice.get(at) ?? []) };
      }),
    },
  };
}

function figuresOf(ended: readonly Ended[]): { ended: number; failed: number; p50?: number; p95?: number } {
  const failed = ended.filter(({ status }) => status === "failed").length;
  const times = ended.map(({ executionTimeMs = 0 }) => executionTimeMs).toSorted((a, b) => a - b);
  const p50 = times[Math.floor((times.length - 1) * 0.5)];
  const p95 = times[Math.ceil((times.length - 1) * 0.95)];
  return { ended: ended.length, failed, ...(p50 !== undefined && { p50 }), ...(p95 !== undefined && { p95 }) };
}
