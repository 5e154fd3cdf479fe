import * as z from "zod";
import type { ClientRecord } from "../../protocol/clients.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { executionStatusSchema, type Requester } from "../../protocol/executions.ts";
import { inputAnswerSchema, inputRequestSchema } from "../../protocol/input.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import { cliStatusSchema } from "../../protocol/status.ts";
import { errorCodes } from "../../protocol/errors.ts";
import { unavailableCauses } from "../../protocol/unavailable.ts";

const nothing = z.strictObject({}).optional();
const id = z.string().min(1).max(100);

/**
 * What the dashboard may ask of its host, with the params of each method: a closed list. There is no method that gives
 * the token (`copyToken` puts it into the clipboard, in the host) and none that runs a command of the caller's choice.
 */
export const dashboardMethods = {
  /** Answers with a snapshot, or resumes behind `since`; then pushes follow. */
  subscribe: z.strictObject({ epoch: id.optional(), since: z.int().min(0).optional() }),
  /** The dashboard has drawn all events up to this one: the next batch may come. */
  acknowledge: z.strictObject({ eventId: z.int().min(0) }),
  status: nothing,
  start: nothing,
  stop: nothing,
  restart: nothing,
  copyAddress: nothing,
  copyToken: nothing,
  copyCurl: nothing,
  listExecutions: z.strictObject({
    search: z.string().max(200).optional(),
    status: executionStatusSchema.optional(),
    limit: z.int().min(1).max(500),
    cursor: id.optional(),
  }),
  getExecution: z.strictObject({ executionId: id }),
  /** Opens the whole output beside the dashboard. */
  openOutput: z.strictObject({ executionId: id }),
  cancel: z.strictObject({ executionId: id }),
  /** Asks first when there is more than one. */
  cancelAll: nothing,
  /** Requests what this run was, once more. */
  runAgain: z.strictObject({ executionId: id }),
  /** The request of a run; the token is left to a variable of the shell. */
  copyRunCurl: z.strictObject({ executionId: id }),
  /** The whole output, however much of it the page has. */
  copyRunOutput: z.strictObject({ executionId: id }),
  /** A part of what is shown. */
  copyText: z.strictObject({ text: z.string().max(512 * 1024) }),
  /** How many wait before each queued run. */
  queue: nothing,
  input: inputAnswerSchema,
  metrics: nothing,
  clients: nothing,
  disconnect: z.strictObject({ clientId: id }),
  clearHistory: nothing,
  exportRun: z.strictObject({ executionId: id }),
  openRun: nothing,
  openSettings: nothing,
  openLog: nothing,
  diagnose: nothing,
  askCli: nothing,
  useSimulator: nothing,
  manageTrust: nothing,
} as const;

export type DashboardMethod = keyof typeof dashboardMethods;
export type DashboardParams<M extends DashboardMethod> = z.infer<(typeof dashboardMethods)[M]>;

/** How the bridge of this window is. */
export const dashboardStateSchema = z.object({
  server: z.object({
    kind: z.enum(["off", "starting", "stopping", "on", "problem"]),
    url: z.string().optional(),
    note: z.string().optional().describe("Something differs from the settings, such as the port."),
    reason: z.string().optional().describe("Why the bridge is off."),
  }),
  isTrusted: z.boolean(),
  /** Of the events; another one means that what is known of executions is void. Absent while the bridge is off. */
  epoch: z.string().optional(),
  cli: cliStatusSchema.optional(),
  version: z.string(),
});

export type DashboardState = z.infer<typeof dashboardStateSchema>;

/** An execution for a list: the start of its arguments and the end of its output. */
export const executionRowSchema = z.object({
  id: z.string(),
  command: z.string(),
  args: z.array(z.string()),
  target: z.string().optional(),
  status: executionStatusSchema,
  /** ISO time; of a running one the time of its start. */
  startedAt: z.string(),
  completedAt: z.string().optional(),
  executionTimeMs: z.int().optional(),
  /** How many wait before it. */
  position: z.int().optional(),
  output: z.string(),
  isOutputCut: z.boolean().optional(),
  error: z.string().optional(),
  code: z.enum(errorCodes).optional(),
  cause: z.enum(unavailableCauses).optional(),
  question: inputRequestSchema.optional(),
  /** The latest tool, while it runs. */
  tool: z.string().optional(),
});

export type ExecutionRow = z.infer<typeof executionRowSchema>;

/** One step of an execution, as the detail view tells it. */
export interface TimelineStep {
  readonly type: BridgeEvent["type"];
  readonly at: string;
  /** The answer, the tool, the reason. */
  readonly text?: string;
  /** Characters of output, of neighbouring events together. */
  readonly length?: number;
}

export interface ExecutionDetail {
  readonly row: ExecutionRow;
  readonly queuedAt: string;
  readonly requestedBy?: Requester;
  /** Whether the record has all that a repetition needs. */
  readonly isRepeatable: boolean;
  readonly workspacePath?: string;
  readonly sessionId?: string;
  readonly exitCode?: number;
  /** Typed arguments as JSON. */
  readonly params?: string;
  readonly timeline: readonly TimelineStep[];
  /** From a file and not from this window's history. */
  readonly isImported?: boolean;
}

/** What each method answers; the others answer nothing. */
export interface DashboardResults {
  subscribe: {
    readonly state: DashboardState;
    /** Absent while the bridge is off. */
    readonly epoch?: string;
    readonly eventId: number;
    /** Absent when the events behind `since` follow: then what the dashboard has is still true. */
    readonly active?: readonly ExecutionRow[];
  };
  status: DashboardState;
  listExecutions: { readonly rows: readonly ExecutionRow[]; readonly nextCursor?: string };
  getExecution: ExecutionDetail;
  cancelAll: { readonly isDone: boolean };
  runAgain: { readonly executionId: string };
  queue: { readonly positions: Readonly<Record<string, number>> };
  cancel: { readonly how: "dequeued" | "cooperative" | "killed" | "not-cancellable" };
  metrics: MetricsSnapshot;
  clients: readonly ClientRecord[];
  clearHistory: { readonly isCleared: boolean };
  exportRun: { readonly isSaved: boolean };
  openRun: { readonly detail?: ExecutionDetail };
}

export type DashboardResult<M extends DashboardMethod> = M extends keyof DashboardResults
  ? DashboardResults[M]
  : unknown;

const eventSchema = z.custom<BridgeEvent>((value) => isObject(value) && "type" in value && "eventId" in value);

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What the host sends without being asked. */
export const dashboardPushSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("state"), state: dashboardStateSchema }),
  z.object({
    type: z.literal("events"),
    epoch: z.string(),
    events: z.array(eventSchema),
    /** The newest event that this batch covers, also when it was left out. */
    eventId: z.int(),
  }),
  /** Somebody came or went. */
  z.object({ type: z.literal("clients"), clients: z.array(z.custom<ClientRecord>(isObject)) }),
  /** A run that was opened from a file is to be seen. */
  z.object({
    type: z.literal("show"),
    detail: z.custom<ExecutionDetail>((value) => isObject(value) && "timeline" in value),
  }),
]);

export type DashboardPush = z.infer<typeof dashboardPushSchema>;
