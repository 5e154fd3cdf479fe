import { JwtAuthenticator } from "../access/jwt/jwtAuthenticator.ts";
import { within } from "../base/deadline.ts";
import { type Disposable, DisposableStore, toDisposable } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { EditorModels, EngineKeys } from "../agents/engines/ports.ts";
import type { Diagnosis } from "../agents/kiro/diagnosis.ts";
import { firstOf } from "../core/access/authenticator.ts";
import type { EditorPort } from "../core/ports.ts";
import { maskedLogger } from "../core/privacy/maskedLogger.ts";
import { compileMaskPatterns } from "../core/privacy/maskPatterns.ts";
import type { EngineDirectory } from "../core/models/engineDirectory.ts";
import { Redactor } from "../core/privacy/redactor.ts";
import type { ExportSecrets, OpenExports } from "../exports/door/exports.ts";
import type { NatsCredentialsPort } from "../plugins/nats/credentials.ts";
import type { PluginPorts } from "../plugins/hub/hosting/windowPlugins.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import type { EditorMcpTools } from "../tools/servers/toolServers.ts";
import type { RunningServer, ServerOptions } from "../server/startServer.ts";
import type { Windows } from "../server/windows/windows.ts";
import type { BridgeAddress } from "./bridgeAddress.ts";
import type { BridgeModule } from "./bridgeModule.ts";
import { composeCore, type Core, type CoreOptions, type CorePorts } from "./composeCore.ts";
import { coreSettings } from "./coreSettings.ts";
import { prepareKiro } from "./createKiroModule.ts";
import { type LoadEngines, prepareEngines } from "./engines/createEngines.ts";
import { loadEngines } from "./engines/loadEngines.ts";
import { exportsModule } from "./exports/exportsModule.ts";
import { openServer } from "./openServer.ts";
import { PluginHosting } from "./pluginHosting.ts";
import { accessOf, serverSettings } from "./serverSettings.ts";
import { toolServersModule } from "./engines/toolServersModule.ts";
import type { ChangingWindow } from "./selfWindow.ts";
import { WidenedAccess } from "./widenedAccess.ts";
import { needsRestart, readSettings, type Settings, settingsSlices } from "./settingsTable.ts";

/** Timeout in milliseconds for the list of commands during the start. */
const COMMANDS_MS = 3000;
/** Timeout in milliseconds for the exports, which then begin later, and miss what runs before. */
const EXPORTS_MS = 10_000;
/** Timeout in milliseconds for the list of clients, which get 401 until it is read. */
const CLIENTS_MS = 3000;

/** The ports to the host of the bridge. */
export interface BridgePorts {
  readonly editor: EditorPort;
  readonly window: ChangingWindow & { readonly isTrusted: boolean };
  readonly logger: Logger;
  /** Masks what is logged and stored. The bridge configures it, and wraps the logger. */
  readonly redactor?: Redactor;
  /** Returns the current settings: a function of their keys without the prefix `kiroBridge.`. */
  readonly settings: () => (key: string) => unknown;
  /** Returns the current token. */
  readonly token: () => string;
  /** Version of the extension. */
  readonly version: string;
  readonly folders: {
    /** The installation folder of the extension. */
    readonly extension: string;
    /** The storage folder of the extension, shared by all workspaces and windows. */
    readonly storage: string;
    /** The discovery folder, where all bridges of this user publish their addresses. */
    readonly discovery: string;
  };
  /** Asks the user which plugins may run. Without it, this window starts none. */
  readonly plugins?: PluginPorts;
  /** Keeps the credentials for NATS servers. */
  readonly natsCredentials?: NatsCredentialsPort;
  /** Keeps the keys of engines. */
  readonly engineKeys?: EngineKeys;
  /** Keeps the secrets of destinations of exports. */
  readonly exportSecrets?: ExportSecrets;
  /** The models of the editor. */
  readonly editorModels?: EditorModels;
  /** The tools of the MCP servers that the editor runs. */
  readonly editorTools?: EditorMcpTools;
  /** Publishes the address. The result is disposed before the server closes. */
  readonly publish?: (published: Pick<ComposedBridge, "server" | "address">) => Promise<Disposable>;
  /** Additional modules, after the built-in ones. */
  readonly modules?: readonly BridgeModule[];
}

/** Overrides of values from the settings and the installation. */
export interface BridgeOverrides {
  readonly createKiro?: CorePorts["createKiro"];
  readonly engines?: EngineDirectory;
  readonly loadEngines?: LoadEngines;
  /** In place of the bundle of exports. */
  readonly openExports?: OpenExports;
  readonly core?: Partial<CoreOptions>;
  readonly server?: Partial<
    Pick<ServerOptions, "guards" | "authenticator" | "limits" | "listen" | "pingMs" | "windows">
  >;
}

/** A bridge that is on. */
export interface ComposedBridge {
  readonly core: Core;
  readonly server: RunningServer;
  readonly address: BridgeAddress;
  readonly windows: Windows;
  readonly pluginHosting: PluginHosting;
  /** The settings applied last. */
  readonly settings: Settings;
  readonly diagnoseCli: (
    maySendPrompt: boolean,
    onProgress: (step: string) => void,
    signal: AbortSignal,
  ) => Promise<Diagnosis>;
  /** Applies access settings, and disconnects clients that they no longer allow. */
  readonly applySettings: () => void;
  /** Returns true if settings have changed that need a restart. */
  readonly isOutdated: () => boolean;
  dispose(): Promise<void>;
}

/**
 * Composes the whole bridge with plain constructor calls. Resources are released in reverse order, running executions
 * first.
 * @throws BridgeError CONFIGURATION_ERROR if the server cannot listen, when nothing is left open
 */
export async function composeBridge(ports: BridgePorts, overrides: BridgeOverrides = {}): Promise<ComposedBridge> {
  const store = new DisposableStore();
  try {
    return await build(ports, overrides, store);
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

async function build(given: BridgePorts, overrides: BridgeOverrides, store: DisposableStore): Promise<ComposedBridge> {
  const { modules = [], redactor = new Redactor() } = given;
  redactor.configure({ secrets: () => [given.token()] });
  const ports = { ...given, redactor, logger: maskedLogger(given.logger, redactor) };
  const slices = [...settingsSlices, ...modules.flatMap(({ settings }) => settings ?? [])];
  const settings = readAndWarn(ports, slices);
  configureMasking(ports, settings);
  for (const module of modules) module.settings?.apply?.(settings);
  let applied = settings;
  const core = await buildCore({ ...ports, settingsNow: () => applied }, overrides, settings, store);
  const jwt = store.add(new JwtAuthenticator(ports));
  jwt.configure(settings["auth.issuers"]);
  const authenticator = overrides.server?.authenticator ?? firstOf([core.access.store, core.oauth, jwt]);
  store.add(authenticator.onDidEnd?.(() => core.dispatcher.endInactive()) ?? toDisposable(() => undefined));
  const widened = widenedBy(settings, core);
  const commandsRead = core.catalog.refresh();
  await within(Promise.all([core.access.store.ready, core.oauth.ready]), CLIENTS_MS, undefined);
  const discoveryFolder = ports.folders.discovery;
  const own = serverSettings({ ...ports, settings, token: ports.token(), discoveryFolder });
  const options = { ...own, ...overrides.server, ...core, authenticator, core };
  const { server, address, windows, leave } = await openServer(options, { ...ports, core, discoveryFolder });
  for (const part of [core.pluginBus, core.gateways]) store.add(part.follow(address));
  // In parallel: both are bounded, and stopping has 4 s in total.
  store.defer(async () => void (await Promise.all([server.dispose(), core.moduleDisposal.dispose()])));
  // Published with the list of commands available; a slow editor does not delay the start further.
  await within(commandsRead, COMMANDS_MS, undefined);
  store.defer(leave);
  const pluginHosting = store.add(hostPlugins({ ports, core, address, settings: () => applied }));
  if (ports.publish !== undefined) store.add(await ports.publish({ server, address }));
  store.defer(() => core.dispatcher.dispose());
  const stopping = new AbortController();
  store.defer(() => stopping.abort(bridgeStopping()));
  store.defer(() => server.announceStop());
  void core.kiro.look();
  return {
    core,
    server,
    address,
    windows,
    pluginHosting,
    get settings() {
      return applied;
    },
    diagnoseCli: (maySendPrompt, onProgress, signal) =>
      core.kiro.diagnose({ maySendPrompt, onProgress }, AbortSignal.any([signal, stopping.signal])),
    applySettings: () => {
      applied = readAndWarn(ports, slices);
      configureMasking(ports, applied);
      widened.apply(applied);
      core.policy.reconfigure(applied["commands.allow"], applied["commands.deny"]);
      jwt.configure(applied["auth.issuers"]);
      admitBy(applied, server);
      for (const module of modules) module.settings?.apply?.(applied);
      void core.exports?.apply(applied.exports, core);
      void pluginHosting.look();
    },
    isOutdated: () => needsRestart(settings, readSettings(ports.settings(), slices).settings, slices),
    dispose: () => store.dispose(),
  };
}

/** Applies access settings, and disconnects clients that they no longer allow. */
function admitBy(settings: Settings, server: Pick<RunningServer, "reconfigure" | "enforcePolicy">): void {
  server.reconfigure(accessOf(settings));
  server.enforcePolicy();
}

function widenedBy(settings: Settings, { audit }: Core): WidenedAccess {
  const widened = new WidenedAccess(audit);
  widened.apply(settings);
  return widened;
}

function hostPlugins({
  ports,
  core,
  address,
  settings,
}: {
  readonly ports: BridgePorts;
  readonly core: Core;
  readonly address: BridgeAddress;
  readonly settings: () => Settings;
}): PluginHosting {
  return new PluginHosting({
    ports: settings()["plugins.enabled"] ? ports.plugins : undefined,
    plugins: core.pluginBus,
    audit: core.audit,
    windowId: ports.window.describe().id,
    discoveryFolder: ports.folders.discovery,
    clients: core.access.store,
    url: () => address.url,
    folders: () => settings()["plugins.folders"],
    logger: ports.logger,
  });
}

async function buildCore(
  ports: BridgePorts & { readonly redactor: Redactor; readonly settingsNow: () => Settings },
  overrides: BridgeOverrides,
  settings: Settings,
  store: DisposableStore,
): Promise<Core> {
  const { window, folders, settingsNow } = ports;
  const extensionPath = folders.extension;
  const createKiro =
    overrides.createKiro ??
    (await prepareKiro({
      ...ports,
      settings,
      extensionPath,
      discoveryFolder: folders.discovery,
      isTrusted: () => window.isTrusted,
    }));
  const editor = [window.describe().editor, window.editorVersion].filter((part) => part !== undefined).join(" ");
  const shared = { storageFolder: folders.storage, discoveryFolder: folders.discovery };
  const options = coreSettings({ ...ports, ...shared, settings, extensionPath, editor });
  const { engines, loadEngines: load = loadEngines } = overrides;
  const tools = toolServersModule({ ...ports, ...shared, settings: settingsNow });
  const { servers: toolServers } = tools;
  const createEngines = prepareEngines({ ...ports, ...shared, load, settings, toolServers });
  const exporting = exportsModule({ ...ports, ...shared, openExports: overrides.openExports });
  const core = composeCore(
    {
      ...ports,
      exports: exporting,
      modules: [tools, exporting, ...(ports.modules ?? [])],
      gatewaySettings: settingsNow,
      agentSettings: settingsNow,
      createKiro,
      createEngines,
      ...(engines !== undefined && { engines }),
    },
    { ...options, ...overrides.core },
    store,
  );
  // Before anything runs, so that nothing is missed.
  const applied = exporting.apply(settings.exports, core).then(() => true);
  if (!(await within(applied, EXPORTS_MS, false)))
    ports.logger.warn("The exports take long to start; they miss what runs until then");
  return core;
}

function configureMasking(
  { redactor, logger }: BridgePorts & { readonly redactor: Redactor },
  settings: Settings,
): void {
  const { patterns, problems } = compileMaskPatterns(settings["privacy.maskPatterns"]);
  redactor.configure({ patterns });
  for (const problem of problems) logger.warn("A pattern is not used", { problem });
}

function readAndWarn({ settings: source, logger }: BridgePorts, slices: typeof settingsSlices): Settings {
  const { settings, problems } = readSettings(source(), slices);
  for (const problem of problems) logger.warn("A setting is not valid; using a safe value instead", { problem });
  return settings;
}
