import { createAccess } from "../access/access.ts";
import type { AccessStorage } from "../access/accessFile.ts";
import { OAuthGrants } from "../access/oauth/oauthGrants.ts";
import { type DisposableStore, toDisposable } from "../base/disposables.ts";
import { noEvent } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import { Audit, type AuditOptions } from "../access/audit/audit.ts";
import { CommandCatalog } from "../core/commands/commandCatalog.ts";
import { Dispatcher } from "../core/commands/dispatcher.ts";
import type { Policy } from "../core/commands/policy.ts";
import { WorkspaceFolders } from "../core/commands/workspaceFolders.ts";
import { EventLog } from "../core/events/eventLog.ts";
import { AgentChoice } from "../core/models/agentChoice.ts";
import { type AgentSettings, defaultAgentSettings } from "../core/models/agentSettings.ts";
import { type EngineDirectory, noEngines } from "../core/models/engineDirectory.ts";
import { ExecutionLog } from "../core/executions/executionLog.ts";
import { type EventWriter, OutputCoalescer } from "../core/executions/outputCoalescer.ts";
import { PendingInputs } from "../core/executions/pendingInputs.ts";
import { Metrics } from "../core/metrics/metrics.ts";
import { PrometheusMeter } from "../core/metrics/prometheus.ts";
import type { EditorPort, WindowPort } from "../core/ports.ts";
import type { Redactor } from "../core/privacy/redactor.ts";
import { StatusBoard } from "../core/status.ts";
import { EditorTarget, type EditorTargetOptions } from "../editor/editorTarget.ts";
import { WorkbenchLink } from "../editor/workbenchLink.ts";
import { defaultGatewaySettings, type GatewaySettings } from "../gateways/door/settings.ts";
import { Journal, type JournalOptions } from "../history/journal/journal.ts";
import { RunHistory } from "../history/runHistory.ts";
import type { NatsCredentialsPort } from "../plugins/nats/credentials.ts";
import type { NatsTransportOptions } from "../plugins/nats/natsTransport.ts";
import type { Versions } from "../protocol/runExport.ts";
import { ClientRegistry } from "../server/clients.ts";
import { accessModule } from "./accessModule.ts";
import { dashboardModule } from "./dashboardModule.ts";
import { exportParts } from "../dashboard/channel/exportActions.ts";
import { modelParts } from "./engines/modelParts.ts";
import type { BridgeModule } from "./bridgeModule.ts";
import type { ExportsModule } from "./exports/exportsModule.ts";
import type { EnginesModule } from "./engines/enginesModule.ts";
import { gatewaysModule } from "./gateways/gatewaysModule.ts";
import { oauthModule } from "./oauthModule.ts";
import type { KiroModule } from "./kiroModule.ts";
import { agentModules } from "./engines/agentModules.ts";
import { pluginsModule } from "./pluginsModule.ts";
import { clientsModule, coreModule, docsModule, editorModule, eventsModule, metricsModule } from "./modules.ts";

export interface CorePorts {
  readonly editor: EditorPort;
  readonly window: WindowPort;
  /** Creates the module of the Kiro CLI, which writes to the event log. */
  readonly createKiro: (events: EventWriter) => KiroModule;
  /** Additional modules, between the built-in ones and the editor, which accepts every command. */
  readonly modules?: readonly BridgeModule[];
  /** Creates the module of the user's models. Default: there are none. */
  readonly createEngines?: (events: EventWriter) => EnginesModule;
  /** One of `modules`. Default: nothing is exported. */
  readonly exports?: ExportsModule;
  /** In place of the directory of `createEngines`. */
  readonly engines?: EngineDirectory;
  /** Shown to NATS servers. */
  readonly natsCredentials?: NatsCredentialsPort;
  /** The settings of the gateways now. Default: the defaults. */
  readonly gatewaySettings?: () => GatewaySettings;
  /** The same of all agents. */
  readonly agentSettings?: () => AgentSettings;
  readonly logger: Logger;
}

const noCredentials: NatsCredentialsPort = { read: () => Promise.resolve(undefined), onDidChange: noEvent };

export interface CoreOptions {
  readonly policy: Policy;
  readonly editor: EditorTargetOptions;
  /** Maximum number of requests of one principal that wait in each lane. */
  readonly maxQueued: number;
  /** Timeout of a question in milliseconds. */
  readonly inputTimeoutMs: number;
  readonly versions: Versions;
  /** The clients that were let in, shared by all windows. */
  readonly accessStorage: AccessStorage;
  readonly audit: AuditOptions;
  /** The OAuth grants of some of them. */
  readonly oauthStorage: AccessStorage;
  /** Undefined to persist nothing. */
  readonly journal: JournalOptions | undefined;
  /** Masks the history, exports and metrics. */
  readonly redactor: Redactor;
  /** Contains `openapi.json` and `docs/` from the build. */
  readonly docsFolder: string;
  /** The folder of what outlives the message bus. Undefined to keep it in memory. */
  readonly busFolder?: string | undefined;
  /** The servers of the message bus. Undefined to have it in the window that owns the address. */
  readonly nats?: NatsTransportOptions | undefined;
  /** False if the discovery file has no token. */
  readonly publishesToken: boolean;
  /** See `RunHistoryDeps`. */
  readonly maxSearchMs?: number;
  /** See `WorkbenchLink`. */
  readonly workbenchTickMs?: number;
  /** See `ClientRegistry`. */
  readonly maxConnections?: number;
}

export type Core = ReturnType<typeof composeCore>;

/**
 * Composes the modules and the core that runs their targets: the whole bridge except its server. Disposables are
 * registered with `store`.
 */
export function composeCore(ports: CorePorts, options: CoreOptions, store: DisposableStore) {
  const { editor, window, logger } = ports;
  const workbench = store.add(new WorkbenchLink(editor, options.workbenchTickMs));
  const events = store.add(new EventLog(window.describe().id));
  const outputs = store.add(new OutputCoalescer(events));
  const clients = store.add(new ClientRegistry(options.maxConnections));
  const target = store.add(new EditorTarget({ editor, workbench, logger }, options.editor));
  const kiro = ports.createKiro(outputs);
  const engines = ports.createEngines?.(outputs);
  const audit = store.add(new Audit({ logger, mask: (value) => options.redactor.copy(value) }, options.audit));
  const access = createAccess({ storage: options.accessStorage, audit, logger }, store);
  const oauth = store.add(new OAuthGrants({ storage: options.oauthStorage, clients: access.store, logger }));
  const extras = composeExtras({ engines: engines?.directory ?? noEngines, ...ports }, options, kiro);
  const { pluginBus, gateways } = extras;
  const modules: readonly BridgeModule[] = [
    coreModule,
    eventsModule,
    pluginBus,
    ...agentModules(kiro, engines),
    gateways,
    metricsModule,
    accessModule(access, audit),
    oauthModule(access, oauth),
    clientsModule(clients),
    docsModule(options),
    ...(ports.modules ?? []),
    // Last, because it accepts every command.
    editorModule(target),
  ];
  const moduleDisposal = store.add(
    toDisposable(async () => void (await Promise.all(modules.map(async (module) => await module.dispose?.())))),
  );
  const foundation = {
    ...ports,
    workbench,
    events,
    outputs,
    clients,
    kiro,
    enginesModule: engines,
    access,
    oauth,
    audit,
    ...extras,
    modules,
  };
  const core = createCore(foundation, options, store);
  const all = {
    ...foundation,
    ...core,
    plugins: pluginBus.shown,
    ...shownParts(ports, engines),
    conversations: () => gateways.conversations(),
    agent: kiro.agent,
    policy: options.policy,
    target,
    moduleDisposal,
  };
  return { ...all, modules: [...modules, dashboardModule(all)] };
}

/** Returns what dashboards see of engines and exports. */
function shownParts({ exports, window }: Pick<CorePorts, "exports" | "window">, engines: EnginesModule | undefined) {
  return {
    ...(engines && { shownModels: modelParts(engines, window) }),
    ...(exports && { shownExports: exportParts(exports.control) }),
  };
}

/** Composes the modules that are mostly bundles of their own. */
function composeExtras(
  ports: CorePorts & { readonly engines: EngineDirectory },
  options: CoreOptions,
  kiro: KiroModule,
) {
  const { window, engines, gatewaySettings = () => defaultGatewaySettings, logger } = ports;
  const { agentSettings = () => defaultAgentSettings } = ports;
  const { nats, busFolder, policy } = options;
  const { id: windowId } = window.describe();
  const pluginBus = pluginsModule({
    windowId,
    busFolder,
    nats: nats && { options: nats, credentials: ports.natsCredentials ?? noCredentials },
    schemas: kiro.schemas,
    policy,
    logger,
  });
  const gateways = gatewaysModule({ kiro: kiro.kiro, engines, settings: gatewaySettings, windowId, logger });
  const agentChoice = new AgentChoice({
    engines,
    settings: agentSettings,
    cliStatus: () => kiro.agent.cliStatus(),
    look: () => kiro.look(),
  });
  return { pluginBus, gateways, agentChoice };
}

interface Foundation extends CorePorts {
  readonly workbench: WorkbenchLink;
  readonly events: EventLog;
  readonly outputs: OutputCoalescer;
  readonly clients: ClientRegistry;
  readonly kiro: KiroModule;
  readonly audit: Audit;
  readonly modules: readonly BridgeModule[];
}

function createCore(foundation: Foundation, options: CoreOptions, store: DisposableStore) {
  const { workbench: connection, window, events, outputs, clients, kiro, audit, modules, logger } = foundation;
  const { policy, versions, redactor, maxSearchMs } = options;
  const targets = modules.flatMap((module) => module.targets ?? []);
  const executions = store.add(new ExecutionLog(outputs, window.describe().id));
  const catalog = store.add(new CommandCatalog(targets, policy));
  const inputs = store.add(new PendingInputs(executions, options.inputTimeoutMs));
  const parts = { ...Object.assign({}, ...modules.map(({ statusParts }) => statusParts)), ...kiro.statusParts };
  const status = store.add(new StatusBoard({ executions, catalog, window, connection, parts, events: outputs }));
  const meter = new PrometheusMeter();
  const traffic = () => ({ ...clients.traffic, clients: clients.size });
  const metrics = store.add(new Metrics({ executions, events, status, traffic }, meter));
  for (const module of modules) module.instruments?.(meter);
  const journal =
    options.journal &&
    store.add(new Journal({ executions, events, isKnownCommand: (id) => catalog.has(id), redactor }, options.journal));
  const searching = maxSearchMs === undefined ? {} : { maxSearchMs };
  const clearOthers = async (): Promise<void> => {
    await Promise.all(modules.map(async (module) => await module.clearHistory?.()));
  };
  const history = new RunHistory({ executions, events, journal, versions, redactor, clearOthers, ...searching });
  /** Without the files that all windows share. */
  const memory = new RunHistory({ executions, events, journal: undefined, versions, redactor, ...searching });
  const workspace = new WorkspaceFolders(window);
  const dispatcher = new Dispatcher(
    { targets, executions, history, catalog, policy, inputs, workspace, audit, logger },
    { maxQueued: options.maxQueued },
  );
  return { catalog, dispatcher, executions, history, inputs, journal, memory, meter, metrics, status };
}
