import type { Event } from "../../base/events.ts";
import type { Caller } from "../../core/access/principal.ts";
import type { EventSource } from "../../core/events/eventSource.ts";
import type { ClientRecord } from "../../protocol/clients.ts";
import type { CancelResponse, ExecuteRequest, ExecutionList, ExecutionRecord } from "../../protocol/executions.ts";
import type { InputAnswer } from "../../protocol/input.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import type { RecordedRun, RunExport } from "../../protocol/runExport.ts";
import type { CliStatus } from "../../protocol/status.ts";
import type { ConversationView } from "../contract/conversations.ts";
import type { DashboardParams, WindowView } from "../contract/dashboard.ts";
import type { AccessParts } from "./accessActions.ts";
import type { AuditParts } from "./auditActions.ts";
import type { ExportParts } from "./exportActions.ts";
import type { ModelParts } from "./modelActions.ts";
import type { PluginParts } from "./pluginActions.ts";

/** The length of each preview in a list, in characters: enough for a row. */
export const PREVIEW_LENGTH = 4000;

/** Everything that a dashboard needs of a running bridge. */
export interface DashboardDeps {
  /** Everything is done for this caller, who sees what it may see. */
  readonly caller: Caller;
  /** The epoch of the events. Each run of the bridge has another one, and so has each owner of the address. */
  readonly epoch: string;
  /** This window. */
  readonly windowId: string;
  /** All windows at the address; none if this one is alone. */
  windows(): readonly WindowView[];
  readonly onDidChangeWindows: Event<void>;
  readonly events: EventSource;
  /** Appends pending output to the events, so that `active` and the events agree. */
  settle(): void;
  /** The executions that have not ended, oldest first. */
  active(): readonly ExecutionRecord[];
  /** Lists executions that have ended, newest first. A page may be shorter than requested without being the last. */
  listExecutions(query: DashboardParams<"listExecutions">): Promise<ExecutionList>;
  /** Returns one run with its secrets. @throws BridgeError NOT_FOUND, also for one that the caller may not see */
  getRun(id: string): Promise<RecordedRun>;
  /** Returns one run for a file, without secrets. @throws BridgeError as `getRun` does */
  exportRun(id: string): Promise<RunExport>;
  clearHistory(): Promise<void>;
  /** Runs a request on behalf of the caller, in the window that it names. @returns the ID of its execution */
  submit(request: ExecuteRequest): Promise<string>;
  /** The number of executions ahead of each queued one, by its ID. */
  queuePositions(): ReadonlyMap<string, number> | PromiseLike<ReadonlyMap<string, number>>;
  cancel(id: string): Promise<CancelResponse>;
  answer(input: InputAnswer): object | PromiseLike<object>;
  /** @param windowId the only window; undefined for all @throws BridgeError KIRO_UNAVAILABLE if it does not respond */
  metrics(windowId?: string): MetricsSnapshot | PromiseLike<MetricsSnapshot>;
  clients(): readonly ClientRecord[];
  readonly access: AccessParts;
  readonly audit: AuditParts;
  readonly plugins: PluginParts;
  readonly models: ModelParts;
  readonly exports: ExportParts;
  /** The conversations of clients with agents through the gateways, the latest one first. */
  conversations(): readonly ConversationView[] | PromiseLike<readonly ConversationView[]>;
  /** The number of open connections by the ID of their principal. */
  connections(): ReadonlyMap<string, number>;
  /** A client has connected or disconnected. */
  readonly onDidChangeClients: Event<void>;
  /** Returns whether there was such a client. */
  disconnect(id: string): boolean;
  cli(): CliStatus;
  readonly onDidChangeCli: Event<unknown>;
}
