import { editorUser } from "../../core/access/principal.ts";
import type { Event } from "../../base/events.ts";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { EventSource } from "../../core/events/eventSource.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { OutputCoalescer } from "../../core/executions/outputCoalescer.ts";
import type { Metrics } from "../../core/metrics/metrics.ts";
import type { CliStatusSource } from "../../core/ports.ts";
import { recordOf } from "../../history/executionRecord.ts";
import type { History } from "../../history/runHistory.ts";
import type { ClientRecord } from "../../protocol/clients.ts";
import type { DashboardParams, WindowView } from "../contract/dashboard.ts";
import type { CancelResponse, ExecuteRequest, ExecutionList, ExecutionRecord } from "../../protocol/executions.ts";
import type { InputAnswer } from "../../protocol/input.ts";
import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import type { RecordedRun, RunExport } from "../../protocol/runExport.ts";
import type { CliStatus, WindowListing } from "../../protocol/status.ts";
import type { ClientRegistry } from "../../server/clients.ts";
import { noOtherWindows, type Windows } from "../../server/windows/windows.ts";
import type { AuditParts } from "./auditActions.ts";
import type { AccessParts } from "./accessActions.ts";

/** Everything that a dashboard needs of a running bridge. */
export interface DashboardDeps {
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
  /** Returns one run with its secrets, for its user. @throws BridgeError NOT_FOUND */
  getRun(id: string): Promise<RecordedRun>;
  /** Returns one run for a file, without secrets. @throws BridgeError NOT_FOUND */
  exportRun(id: string): Promise<RunExport>;
  clearHistory(): Promise<void>;
  /** Runs a request on behalf of the user. @returns the ID of its execution */
  submit(request: ExecuteRequest): Promise<string>;
  /** The number of executions ahead of each queued one, by its ID. */
  queuePositions(): ReadonlyMap<string, number>;
  cancel(id: string): Promise<CancelResponse>;
  answer(input: InputAnswer): object;
  metrics(): MetricsSnapshot;
  clients(): readonly ClientRecord[];
  readonly access: AccessParts;
  readonly audit: AuditParts;
  /** The number of open connections by the ID of their principal. */
  connections(): ReadonlyMap<string, number>;
  /** A client has connected or disconnected. */
  readonly onDidChangeClients: Event<void>;
  /** Returns whether there was such a client. */
  disconnect(id: string): boolean;
  cli(): CliStatus;
  readonly onDidChangeCli: Event<unknown>;
}

/** The parts of a composed bridge that a dashboard reads or calls. */
export interface DashboardBridge {
  readonly executions: Pick<ExecutionLog, "active">;
  readonly events: EventLog;
  readonly outputs: Pick<OutputCoalescer, "flush">;
  readonly dispatcher: Pick<Dispatcher, "submit" | "queuePositions" | "cancel" | "answer">;
  readonly agent: CliStatusSource;
  readonly history: Pick<History, "list" | "getRun" | "exportRun" | "clear">;
  readonly metrics: Pick<Metrics, "snapshot">;
  readonly clients: Pick<ClientRegistry, "list" | "onDidChange" | "disconnect">;
  readonly access: AccessParts;
  readonly audit: AuditParts;
  /** Default: this window is alone. */
  readonly windows?: Windows;
}

/** Returns what a dashboard needs of a composed bridge. */
export function dashboardDepsOf(bridge: DashboardBridge): DashboardDeps {
  const { executions, events, outputs, dispatcher, agent, history, metrics, clients, access, audit } = bridge;
  const { windows = noOtherWindows } = bridge;
  return {
    get epoch() {
      return events.epoch;
    },
    windowId: events.windowId,
    windows: () => windows.list().map(windowView),
    onDidChangeWindows: windows.onDidChange,
    events,
    settle: () => outputs.flush(),
    active: () => [...executions.active].map((execution) => recordOf(execution)),
    listExecutions: (query) => listEnded(history, query),
    getRun: (id) => history.getRun(id),
    exportRun: (id) => history.exportRun(id),
    clearHistory: () => history.clear(),
    submit: async (request) => (await dispatcher.submit(request, editorUser)).id,
    queuePositions: () => dispatcher.queuePositions(),
    cancel: (id) => dispatcher.cancel(id, editorUser),
    answer: (input) => dispatcher.answer(input, editorUser),
    metrics: () => metrics.snapshot(),
    clients: () => clients.list(),
    access,
    audit,
    connections: () => countConnections(clients.list()),
    onDidChangeClients: clients.onDidChange,
    disconnect: (id) => clients.disconnect(id),
    cli: () => agent.cliStatus(),
    onDidChangeCli: agent.onDidChangeStatus,
  };
}

/** Copies field by field: the lists of commands may be long. */
function windowView(listing: WindowListing): WindowView {
  const { id, pid, editor, workspaceFolders, focusedAt, focused, owner, state, queue } = listing;
  return {
    id,
    pid,
    editor,
    workspaceFolders,
    focused,
    owner,
    state,
    ...(focusedAt !== undefined && { focusedAt }),
    ...(queue !== undefined && { queue }),
  };
}

const active: ReadonlySet<string> = new Set(["queued", "running", "waiting-input"]);

/** The length of each preview in a list, in characters: enough for a row. */
const PREVIEW_LENGTH = 4000;

async function listEnded(
  history: Pick<History, "list">,
  query: DashboardParams<"listExecutions">,
): Promise<ExecutionList> {
  const { executions, ...rest } = await history.list(query, editorUser.principal, PREVIEW_LENGTH);
  return { ...rest, executions: executions.filter(({ status }) => !active.has(status)) };
}

/** Counts the persistent connections by the ID of their principal. */
function countConnections(clients: readonly ClientRecord[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, principal } of clients)
    if (kind !== "http" && principal !== undefined) counts.set(principal.id, (counts.get(principal.id) ?? 0) + 1);
  return counts;
}
