import * as z from "zod";
import type { AgentStep, Compaction } from "../../protocol/agents/agentStep.ts";
import type { ClientRecord } from "../../protocol/clients.ts";
import type { BridgeEvent, FileDiff } from "../../protocol/events.ts";
import { executionStatusSchema, type Requester } from "../../protocol/executions.ts";
import { inputAnswerSchema, inputRequestSchema, waitingForSchema } from "../../protocol/input.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import { cliStatusSchema, windowListingSchema } from "../../protocol/status.ts";
import { errorCodes } from "../../protocol/errors.ts";
import { unavailableCauses } from "../../protocol/unavailable.ts";
import { accessMethods, type AccessResults, type AccessView } from "./access.ts";
import { auditMethods, type AuditResults } from "./audit.ts";
import { conversationMethods, type ConversationResults } from "./conversations.ts";
import { exportMethods, type ExportResults } from "./exports.ts";
import { modelMethods, type ModelResults } from "./models.ts";
import { pluginMethods, type PluginResults } from "./plugins.ts";

const nothing = z.strictObject({}).optional();
const id = z.string().min(1).max(100);
/** One window, or all. */
const ofWindow = z.strictObject({ windowId: id.optional() }).optional();

/**
 * The methods that a dashboard may call on its host, with their params: a closed list. None returns the owner's token
 * (`copyToken` copies it in the host), and none runs a command chosen by the page.
 */
export const dashboardMethods = {
  /** Returns a snapshot, or resumes after `since`; pushes follow. */
  subscribe: z.strictObject({ epoch: id.optional(), since: z.int().min(0).optional() }),
  /** Acknowledges all events up to this one, so that the next batch is sent. */
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
    /** Only the executions of this window. */
    windowId: id.optional(),
    limit: z.int().min(1).max(500),
    cursor: id.optional(),
  }),
  getExecution: z.strictObject({ executionId: id }),
  /** Opens the whole output next to the dashboard. */
  openOutput: z.strictObject({ executionId: id }),
  cancel: z.strictObject({ executionId: id }),
  /** Asks for confirmation if there is more than one. */
  cancelAll: ofWindow,
  /** Repeats the execution in its window, or where its folder is open if that window was closed. */
  runAgain: z.strictObject({ executionId: id }),
  /** Copies the request as a curl command, with the token in a shell variable. */
  copyRunCurl: z.strictObject({ executionId: id }),
  /** Copies the whole output, of which the page may only have a part. */
  copyRunOutput: z.strictObject({ executionId: id }),
  /** A part of what is shown. */
  copyText: z.strictObject({ text: z.string().max(512 * 1024) }),
  /** Returns the number of executions before each queued one. */
  queue: nothing,
  input: inputAnswerSchema,
  metrics: ofWindow,
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
  ...accessMethods,
  ...auditMethods,
  ...pluginMethods,
  ...conversationMethods,
  ...modelMethods,
  ...exportMethods,
} as const;

export type DashboardMethod = keyof typeof dashboardMethods;
export type DashboardParams<M extends DashboardMethod> = z.infer<(typeof dashboardMethods)[M]>;

/** A window at the address, as dashboards show it. */
export const windowViewSchema = windowListingSchema.omit({ cli: true, ownCommands: true });

export type WindowView = z.infer<typeof windowViewSchema>;

/** The state of this window's bridge. */
export const dashboardStateSchema = z.object({
  server: z.object({
    kind: z.enum(["off", "starting", "stopping", "on", "problem"]),
    url: z.string().optional(),
    note: z.string().optional().describe("Something differs from the settings, such as the port."),
    reason: z.string().optional().describe("Why the bridge is off."),
  }),
  isTrusted: z.boolean(),
  /**
   * Epoch of the events: with another one, everything known of executions is invalid. Absent while the bridge is off.
   */
  epoch: z.string().optional(),
  /** The window of the dashboard. Absent while the bridge is off. */
  ownWindowId: z.string().optional(),
  /** All windows at the address, in the order in which they joined. Empty if this one is alone. */
  windows: z.array(windowViewSchema),
  /** True while another window has the address and is not connected. The dashboard shows what was known before. */
  isReconnecting: z.boolean().optional(),
  cli: cliStatusSchema.optional(),
  version: z.string(),
  /** The methods that are not offered to this dashboard, and the reason of each, a `Withheld`. Absent: all are. */
  withheld: z.record(z.string(), z.string()).optional(),
});

export type DashboardState = z.infer<typeof dashboardStateSchema>;

/** Maximum length of the shown end of running output, in characters. The detail view has the whole. */
export const MAX_LIVE_OUTPUT = 32 * 1024;

/** An execution in a list, as a `LiveExecution`: the beginning of its arguments and the end of its output. */
export const executionRowSchema = z.object({
  id: z.string(),
  windowId: z.string(),
  command: z.string(),
  args: z.array(z.string()).readonly(),
  target: z.string().optional(),
  status: executionStatusSchema,
  /** ISO time; the start of a running execution. */
  startedAt: z.string(),
  completedAt: z.string().optional(),
  executionTimeMs: z.int().optional(),
  /** Number of executions before it in the queue. */
  position: z.int().optional(),
  output: z.string(),
  isOutputCut: z.boolean().optional(),
  error: z.string().optional(),
  code: z.enum(errorCodes).optional(),
  cause: z.enum(unavailableCauses).optional(),
  question: inputRequestSchema.optional(),
  waitingFor: waitingForSchema.optional(),
  /** The running tool. */
  tool: z.string().optional(),
});

export type ExecutionRow = z.infer<typeof executionRowSchema>;

/** A step of an execution in the detail view. */
export interface TimelineStep {
  readonly type: BridgeEvent["type"];
  readonly at: string;
  /** The answer, the tool, or the reason. */
  readonly text?: string;
  /** The changes of files by a tool. */
  readonly diffs?: readonly FileDiff[];
  /** Number of characters of adjacent output events. */
  readonly length?: number;
  /** The execution as which a tool has run. */
  readonly childId?: string;
  /** The same as in `text`, for pages in other languages. */
  readonly agentStep?: AgentStep;
  readonly compaction?: Compaction;
  readonly isWaiting?: boolean;
  readonly tool?: { readonly title: string; readonly status?: string | undefined };
}

export interface ExecutionDetail {
  readonly row: ExecutionRow;
  readonly queuedAt: string;
  readonly requestedBy?: Requester;
  /** True if the record contains the whole request. */
  readonly isRepeatable: boolean;
  readonly workspacePath?: string;
  readonly sessionId?: string;
  /** The turn of an agent that has requested it. */
  readonly parentId?: string;
  readonly exitCode?: number;
  /** Typed arguments as JSON. */
  readonly params?: string;
  readonly timeline: readonly TimelineStep[];
  /** True if it is from a file or an archive, and not from this window's history. */
  readonly isImported?: boolean;
}

/** The results of the methods; those of the others are empty. */
export interface DashboardResults
  extends AccessResults,
    AuditResults,
    PluginResults,
    ConversationResults,
    ModelResults,
    ExportResults {
  subscribe: {
    readonly state: DashboardState;
    /** Absent while the bridge is off. */
    readonly epoch?: string;
    readonly eventId: number;
    /** Absent if the events after `since` follow, so that the page's data remains valid. */
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

/** The pushes of the host. */
export const dashboardPushSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("state"), state: dashboardStateSchema }),
  z.object({
    type: z.literal("events"),
    epoch: z.string(),
    events: z.array(eventSchema),
    /** ID of the newest event that this batch covers, even if it was filtered out. */
    eventId: z.int(),
  }),
  /** Clients came or went. */
  z.object({ type: z.literal("clients"), clients: z.array(z.custom<ClientRecord>(isObject)) }),
  /** Requests to be let in, clients or their connections have changed. */
  z.object({ type: z.literal("access"), access: z.custom<AccessView>(isObject) }),
  /** The events come from another window now, or again: the page is to subscribe with its cursor. */
  z.object({ type: z.literal("resubscribe") }),
  /** The Access page is to be shown. */
  z.object({ type: z.literal("show-access") }),
  /** A run opened from a file or an archive is to be shown. */
  z.object({
    type: z.literal("show"),
    detail: z.custom<ExecutionDetail>((value) => isObject(value) && "timeline" in value),
  }),
]);

export type DashboardPush = z.infer<typeof dashboardPushSchema>;
