import { type Caller, editorUser } from "../../core/access/principal.ts";
import type { Dispatcher } from "../../core/commands/dispatcher.ts";
import { maySeeAllEvents } from "../../core/access/visibleEvent.ts";
import { eventsFor } from "../../channel/visibleEvents.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { ExecutionLog } from "../../core/executions/executionLog.ts";
import type { OutputCoalescer } from "../../core/executions/outputCoalescer.ts";
import type { Metrics } from "../../core/metrics/metrics.ts";
import type { CliStatusSource } from "../../core/ports.ts";
import { recordOf } from "../../history/executionRecord.ts";
import type { History } from "../../history/runHistory.ts";
import type { ClientRecord } from "../../protocol/clients.ts";
import { isFinal } from "../../protocol/executionStatus.ts";
import type { ExecutionList, ExecutionRecord } from "../../protocol/executions.ts";
import type { WindowListing } from "../../protocol/status.ts";
import type { ClientRegistry } from "../../server/clients.ts";
import { noOtherWindows, type Windows } from "../../server/windows/windows.ts";
import type { ConversationView } from "../contract/conversations.ts";
import type { DashboardParams, WindowView } from "../contract/dashboard.ts";
import type { AccessParts } from "./accessActions.ts";
import type { AuditParts } from "./auditActions.ts";
import { isShownTo, shownMetrics, visibleRuns } from "./callers/callerView.ts";
import { type DashboardDeps, PREVIEW_LENGTH } from "./dashboardDeps.ts";
import { type ExportParts, noExports } from "./exportActions.ts";
import { latestFirst } from "./latestFirst.ts";
import { type ModelParts, noModels } from "./modelActions.ts";
import { noPlugins, type PluginParts } from "./pluginActions.ts";
import { depsOfAllWindows } from "./windows/allWindows.ts";

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
  /** Default: it has none. */
  readonly plugins?: PluginParts;
  /** Default: it has none. */
  readonly shownModels?: ModelParts;
  /** Default: it has none. */
  readonly shownExports?: ExportParts;
  /** Default: there are none. */
  readonly conversations?: () => readonly ConversationView[];
  /** Default: this window is alone. */
  readonly windows?: Windows;
}

/**
 * Returns what a dashboard needs of a composed bridge: of this window, and of the others at its address.
 * @param home the window of the dashboard. Default: this one
 * @param caller see `ownDepsOf`
 */
export function dashboardDepsOf(bridge: DashboardBridge, home?: string, caller?: Caller): DashboardDeps {
  const own = ownDepsOf(bridge, caller);
  return bridge.windows === undefined ? own : depsOfAllWindows(own, bridge.windows, home);
}

/**
 * Returns what a dashboard needs of this window.
 * @param caller the user of the dashboard, who sees what it may see. Default: the user of the editor
 */
export function ownDepsOf(bridge: DashboardBridge, caller: Caller = editorUser): DashboardDeps {
  const { executions, events, outputs, dispatcher, agent, history, metrics, clients, access, audit } = bridge;
  const {
    windows = noOtherWindows,
    plugins = noPlugins,
    shownModels: models = noModels,
    shownExports: exports = noExports,
    conversations = () => [],
  } = bridge;
  const { principal } = caller;
  const readable = visibleRuns(history, caller);
  return {
    caller,
    get epoch() {
      return events.epoch;
    },
    windowId: events.windowId,
    windows: () => windows.list().map(windowView),
    onDidChangeWindows: windows.onDidChange,
    events: eventsFor(events, principal),
    settle: () => outputs.flush(),
    active: () => [...executions.active].map((execution) => recordOf(execution)).filter(isShownTo(caller)),
    listExecutions: (query) => listEnded(history, query, caller),
    ...readable,
    clearHistory: () => history.clear(),
    submit: async (request) => (await dispatcher.submit(request, caller)).id,
    queuePositions: () => {
      if (maySeeAllEvents(principal)) return dispatcher.queuePositions();
      const shown = new Set(
        [...executions.active]
          .map(recordOf)
          .filter(isShownTo(caller))
          .map(({ id }) => id),
      );
      return new Map([...dispatcher.queuePositions()].filter(([id]) => shown.has(id)));
    },
    cancel: (id) => dispatcher.cancel(id, caller),
    answer: (input) => dispatcher.answer(input, caller),
    metrics: () => shownMetrics(metrics.snapshot(), caller),
    clients: () => clients.list(),
    access,
    audit,
    plugins,
    models,
    exports,
    conversations: () => latestFirst(conversations()),
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

async function listEnded(
  history: Pick<History, "list">,
  query: DashboardParams<"listExecutions">,
  { principal }: Caller,
): Promise<ExecutionList> {
  const { windowId, ...shared } = query;
  const { executions, ...rest } = await history.list(shared, principal, PREVIEW_LENGTH);
  const isWanted = ({ status, windowId: id }: ExecutionRecord): boolean =>
    isFinal(status) && (windowId === undefined || id === windowId);
  return { ...rest, executions: executions.filter(isWanted) };
}

/** Counts the persistent connections by the ID of their principal. */
function countConnections(clients: readonly ClientRecord[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, principal } of clients)
    if (kind !== "http" && principal !== undefined) counts.set(principal.id, (counts.get(principal.id) ?? 0) + 1);
  return counts;
}
