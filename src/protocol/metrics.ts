import * as z from "zod";

/** How long runs took, in milliseconds; absent when there were none. */
const percentiles = {
  p50: z.number().optional(),
  p95: z.number().optional(),
  p99: z.number().optional(),
};

/** One line of a breakdown, by command or by session of the Kiro CLI, over this life of the bridge. */
const metricsGroupSchema = z.object({
  name: z.string().describe("`other` contains all that have no entry of their own."),
  ended: z.int(),
  failed: z.int(),
  ...percentiles,
});

/**
 * The numbers of this life of the bridge; error rate and latencies are those of the last ten minutes. A run
 * ended when it completed or failed; those that were cancelled or interrupted are counted apart.
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
  /** Oldest first, without holes; the last slice is still filling. */
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
