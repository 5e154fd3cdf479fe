import { within } from "../base/deadline.ts";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import type { Diagnosis } from "../agents/kiro/diagnosis.ts";
import type { EditorPort, WindowPort } from "../core/ports.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import { type RunningServer, type ServerOptions, startServer } from "../server/startServer.ts";
import type { BridgeModule } from "./bridgeModule.ts";
import { composeCore, type Core, type CoreOptions, type CorePorts } from "./composeCore.ts";
import { coreSettings } from "./coreSettings.ts";
import { prepareKiro } from "./createKiroModule.ts";
import { accessOf, serverSettings } from "./serverSettings.ts";
import { needsRestart, readSettings, type Settings, settingsSlices } from "./settingsTable.ts";

/** How long the start waits for the list of commands, in milliseconds. */
const COMMANDS_MS = 3000;

/** What the bridge needs from its host. */
export interface BridgePorts {
  readonly editor: EditorPort;
  readonly window: WindowPort & { readonly isTrusted: boolean };
  readonly logger: Logger;
  /** Returns the settings as they are now: a function of their keys without the prefix `kiroBridge.`. */
  readonly settings: () => (key: string) => unknown;
  /** Returns the token that programs send now. */
  readonly token: () => string;
  /** Of the extension. */
  readonly version: string;
  readonly folders: {
    /** Where the extension is installed. */
    readonly extension: string;
    /** Where the extension keeps files, for all workspaces and windows. */
    readonly storage: string;
    /** Where all bridges of this user publish their addresses. */
    readonly discovery: string;
  };
  /** Publishes the address of the server. What it returns is disposed before the server closes. */
  readonly publish?: (server: RunningServer) => Promise<Disposable>;
  /** Further modules, behind the built-in ones. */
  readonly modules?: readonly BridgeModule[];
}

/** Replaces what the settings and the installation say otherwise. */
export interface BridgeOverrides {
  readonly createKiro?: CorePorts["createKiro"];
  readonly core?: Partial<CoreOptions>;
  readonly server?: Partial<Pick<ServerOptions, "guards" | "limits" | "listen" | "pingMs">>;
}

/** A bridge that is on. */
export interface ComposedBridge {
  readonly core: Core;
  readonly server: RunningServer;
  /** The settings as they were last applied. */
  readonly settings: Settings;
  readonly diagnoseCli: (
    maySendPrompt: boolean,
    onProgress: (step: string) => void,
    signal: AbortSignal,
  ) => Promise<Diagnosis>;
  /** Takes over the settings that say who may do what, and closes what they no longer allow. */
  readonly applySettings: () => void;
  /** Returns whether settings have changed that take a restart. */
  readonly isOutdated: () => boolean;
  dispose(): Promise<void>;
}

/**
 * Builds the whole bridge, with plain constructor calls: nothing looks anything up later. What is built is released in reverse
 * order, first of all the work that runs.
 * @throws BridgeError CONFIGURATION_ERROR when the server cannot listen; then nothing is left behind.
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

async function build(ports: BridgePorts, overrides: BridgeOverrides, store: DisposableStore): Promise<ComposedBridge> {
  const { modules = [] } = ports;
  const slices = [...settingsSlices, ...modules.flatMap(({ settings }) => settings ?? [])];
  const settings = readAndWarn(ports, slices);
  for (const module of modules) module.settings?.apply?.(settings);
  const core = await buildCore(ports, overrides, settings, store);
  const commandsRead = core.catalog.refresh();
  const server = await startServer({
    ...serverSettings({ ...ports, settings, token: ports.token(), discoveryFolder: ports.folders.discovery }),
    ...overrides.server,
    core,
    clients: core.clients,
    modules: core.modules,
  });
  // At the same time: each has its limits, and stopping takes 4 s in all.
  store.defer(async () => void (await Promise.all([server.dispose(), core.moduleDisposal.dispose()])));
  // Programs that find the address find the list of commands, too. A slow editor does not delay the bridge for long.
  await within(commandsRead, COMMANDS_MS, undefined);
  if (ports.publish !== undefined) store.add(await ports.publish(server));
  store.defer(() => core.dispatcher.dispose());
  const stopping = new AbortController();
  store.defer(() => stopping.abort(bridgeStopping()));
  store.defer(() => server.announceStop());
  core.kiro.look();

  let applied = settings;
  return {
    core,
    server,
    get settings() {
      return applied;
    },
    diagnoseCli: (maySendPrompt, onProgress, signal) =>
      core.kiro.diagnose({ maySendPrompt, onProgress }, AbortSignal.any([signal, stopping.signal])),
    applySettings: () => {
      applied = readAndWarn(ports, slices);
      core.policy.reconfigure(applied["commands.allow"], applied["commands.deny"]);
      server.reconfigure(accessOf(applied));
      server.enforcePolicy();
      for (const module of modules) module.settings?.apply?.(applied);
    },
    isOutdated: () => needsRestart(settings, readSettings(ports.settings(), slices).settings, slices),
    dispose: () => store.dispose(),
  };
}

async function buildCore(
  ports: BridgePorts,
  overrides: BridgeOverrides,
  settings: Settings,
  store: DisposableStore,
): Promise<Core> {
  const { window, folders } = ports;
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
  const editor = `${window.describe().editor} ${window.editorVersion}`;
  const options = coreSettings({ ...ports, settings, extensionPath, storageFolder: folders.storage, editor });
  return composeCore({ ...ports, createKiro }, { ...options, ...overrides.core }, store);
}

function readAndWarn({ settings: source, logger }: BridgePorts, slices: typeof settingsSlices): Settings {
  const { settings, problems } = readSettings(source(), slices);
  for (const problem of problems) logger.warn("A setting is not valid; using a safe value instead", { problem });
  return settings;
}
