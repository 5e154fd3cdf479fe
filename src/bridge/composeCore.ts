import type { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { Versions } from "../protocol/runExport.ts";
import { CommandCatalog } from "../core/commands/commandCatalog.ts";
import { Dispatcher } from "../core/commands/dispatcher.ts";
import type { EventLog } from "../core/events/eventLog.ts";
import { ExecutionLog } from "../core/executions/executionLog.ts";
import { RunHistory } from "../history/runHistory.ts";
import { PendingInputs } from "../core/executions/pendingInputs.ts";
import { Journal, type JournalOptions } from "../history/journal/journal.ts";
import { Metrics, type MetricsSources } from "../core/metrics/metrics.ts";
import type { OutputCoalescer } from "../core/executions/outputCoalescer.ts";
import type { Policy } from "../core/commands/policy.ts";
import type { CommandTarget } from "../core/commands/target.ts";
import type { CliStatusSource, WindowConnection, WindowPort } from "../core/ports.ts";
import { PrometheusMeter } from "../core/metrics/prometheus.ts";
import { StatusBoard } from "../core/status.ts";
import { WorkspaceFolders } from "../core/commands/workspaceFolders.ts";

/** What the core stands on: made before it, since the Kiro CLI tells into the same events. */
export interface CoreFoundation {
  /** In the order in which the dispatcher asks them. */
  readonly targets: readonly CommandTarget[];
  readonly agent: CliStatusSource;
  readonly connection: WindowConnection;
  readonly window: WindowPort;
  readonly policy: Policy;
  readonly events: EventLog;
  readonly outputs: OutputCoalescer;
  readonly logger: Logger;
}

export interface CoreSettings {
  /** Maximum number of requests that wait in each lane. */
  readonly maxQueued: number;
  /** How long a question waits for its answer, in milliseconds. */
  readonly inputTimeoutMs: number;
  readonly versions: Versions;
  /** Undefined: nothing is written. */
  readonly journal: JournalOptions | undefined;
  readonly traffic: MetricsSources["traffic"];
  /** What must never stand in an export. */
  readonly secrets: () => readonly string[];
  /** See `RunHistoryDeps`. */
  readonly maxSearchMs?: number;
}

export type Core = ReturnType<typeof composeCore>;

/** Builds the core, in this order; what holds something is released with `store`. */
export function composeCore(foundation: CoreFoundation, settings: CoreSettings, store: DisposableStore) {
  const { targets, connection, agent, window, policy, events, outputs, logger } = foundation;
  const executions = store.add(new ExecutionLog(outputs, window.describe().id));
  const catalog = store.add(new CommandCatalog(targets, policy));
  const inputs = store.add(new PendingInputs(executions, settings.inputTimeoutMs));
  const status = store.add(new StatusBoard({ executions, catalog, window, connection, agent, events: outputs }));
  const meter = new PrometheusMeter();
  const metrics = store.add(new Metrics({ executions, events, status, traffic: settings.traffic }, meter));
  const journal =
    settings.journal &&
    store.add(new Journal({ executions, events, isKnownCommand: (id) => catalog.has(id) }, settings.journal));
  const { versions, secrets, maxSearchMs } = settings;
  const searching = maxSearchMs === undefined ? {} : { maxSearchMs };
  const history = new RunHistory({ executions, events, journal, versions, secrets, ...searching });
  const workspace = new WorkspaceFolders(window);
  const dispatcher = new Dispatcher(
    { targets, executions, history, catalog, policy, inputs, workspace, logger },
    { maxQueued: settings.maxQueued },
  );
  return {
    agent,
    catalog,
    dispatcher,
    events,
    executions,
    history,
    inputs,
    journal,
    meter,
    metrics,
    outputs,
    policy,
    status,
  };
}
