import * as z from "zod";

/** Percentiles of durations in milliseconds; absent without any executions. */
const percentiles = {
  p50: z.number().optional(),
  p95: z.number().optional(),
  p99: z.number().optional(),
};

/** A row of a breakdown by command or by Kiro CLI session, since the start of the bridge. */
const metricsGroupSchema = z.object({
  name: z.string().describe("`other` contains all that have no entry of their own."),
  ended: z.int(),
  failed: z.int(),
  ...percentiles,
});

/**
 * Metrics since the start of the bridge; error rate and latencies cover the last ten minutes. Only completed and failed
 * executions count as ended; cancelled and interrupted ones are counted separately.
 */
export const metricsSnapshotSchema = z.object({
  timestamp: z.iso.datetime(),
  uptimeSeconds: z.number(),
  executions: z.object({
    started: z.int(),
    completed: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    interrupted: z.int().describe("Executions that ended because the bridge was stopped."),
  }),
  errorRate: z.number().describe("The share of ended executions that failed, from 0 to 1; 0 if none has ended."),
  latencyMs: z.object({ count: z.int(), ...percentiles }),
  queue: z.object({ running: z.int(), queued: z.int(), waitingForInput: z.int() }),
  events: z.object({ appended: z.int(), sent: z.int(), dropped: z.int() }),
  clients: z.int(),
  restarts: z.int().describe("How often a Kiro CLI process was replaced."),
  commands: z.array(metricsGroupSchema),
  sessions: z.array(metricsGroupSchema),
  /** Oldest first, without gaps; the last slice is incomplete. */
  series: z.object({
    sliceSeconds: z.number(),
    slices: z.array(
      z.object({
        at: z.number().describe("The start of the slice, in epoch milliseconds."),
        started: z.int(),
        ended: z.int(),
        failed: z.int(),
        p50: z.number().optional(),
        p95: z.number().optional(),
      }),
    ),
  }),
});

export type MetricsSnapshot = z.infer<typeof metricsSnapshotSchema>;
export type MetricsGroup = z.infer<typeof metricsGroupSchema>;
