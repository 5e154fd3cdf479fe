import { join } from "node:path";
import type { ExtensionContext } from "vscode";
import { within } from "../base/deadline.ts";
import { DisposableStore } from "../base/disposables.ts";
import type { Event } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import { composeCore, type Core } from "../bridge/composeCore.ts";
import { EventLog } from "../core/events/eventLog.ts";
import { OutputCoalescer } from "../core/executions/outputCoalescer.ts";
import { Policy } from "../core/commands/policy.ts";
import { EditorTarget } from "../editor/editorTarget.ts";
import { WorkbenchLink } from "../editor/workbenchLink.ts";
import { createKiroCli } from "../agents/kiro/createKiroCli.ts";
import { type Diagnosis, diagnose } from "../agents/kiro/diagnosis.ts";
import { OrphanGuard } from "../agents/kiro/process/orphanGuard.ts";
import { sweepOrphans } from "../agents/kiro/process/processRecord.ts";
import { BridgeError } from "../protocol/errors.ts";
import { ClientRegistry } from "../server/clients.ts";
import { identify, processSpace } from "../core/processes.ts";
import { discoveryFolder } from "../windows/bridgeEntry.ts";
import type { RunningBridge } from "./lifecycle/bridgeSwitch.ts";
import { bridgeNote } from "./lifecycle/bridgeNote.ts";
import { coreSettings, editorOptions } from "../bridge/coreSettings.ts";
import { accessOf, openServer } from "../bridge/serverModule.ts";
import { EditorCommands } from "./editor/editorCommands.ts";
import { EditorWindow } from "./editor/editorWindow.ts";
import { kiroCliSettings } from "../bridge/kiroCliSettings.ts";
import { Presence } from "./presence/presence.ts";
import { readEditorSettings } from "./settings.ts";
import { needsRestart, type Settings } from "../bridge/settingsTable.ts";
import { setTerminalEnvironment } from "./presence/terminalEnvironment.ts";
import type { TokenStore } from "./token/token.ts";

/** How long the start waits for the editor's list of commands, in milliseconds. */
const COMMANDS_MS = 3000;

/** All that is alive while the bridge is on. */
export interface Bridge extends RunningBridge, Core {
  /** What programs send; undefined when `auth.mode` is `none`. */
  readonly token: string | undefined;
  readonly clients: ClientRegistry;
  /** `note` is another one: another window has closed and left `bridge.json` to this one. */
  readonly onDidChangeNote: Event<void>;
  /** See `diagnose`; nothing of it goes through the running sessions. */
  diagnoseCli(maySendPrompt: boolean, onProgress: (step: string) => void, signal: AbortSignal): Promise<Diagnosis>;
  /** Takes over the settings that say who may do what, and closes what they do not allow any more. */
  applySettings(): void;
  /** Whether settings have changed that take a restart. */
  isOutdated(): boolean;
}

/**
 * Builds the bridge, in this order, with plain constructor calls: nothing looks anything up later.
 * What is built is released in reverse order, first of all the work that runs.
 * @throws BridgeError CONFIGURATION_ERROR when the server cannot listen; then nothing is left behind.
 */
export async function composeBridge(context: ExtensionContext, tokens: TokenStore, logger: Logger): Promise<Bridge> {
  const store = new DisposableStore();
  try {
    return await build(context, tokens, logger, store);
  } catch (error) {
    await store.dispose();
    throw error;
  }
}

async function build(
  context: ExtensionContext,
  tokens: TokenStore,
  logger: Logger,
  store: DisposableStore,
): Promise<Bridge> {
  const settings = readAndWarn(logger);
  let access = settings;
  const version = String(context.extension.packageJSON.version);
  const folder = discoveryFolder(process.env);
  const presence = await Presence.begin({ folder, tokens, logger });

  const editor = store.add(new EditorCommands());
  const workbench = store.add(new WorkbenchLink(editor));
  const window = store.add(new EditorWindow(folder));
  const policy = new Policy(settings["commands.allow"], settings["commands.deny"]);
  const events = store.add(new EventLog(window.describe().id));
  const outputs = store.add(new OutputCoalescer(events));
  const { extensionPath } = context;
  await sweepOrphans(folder, logger);
  const guard = store.add(new OrphanGuard(folder, logger));
  const cliParts = { settings, window, events: outputs, logger, guard, extensionPath, version };
  const cliSettings = kiroCliSettings({ ...cliParts, isTrusted: () => window.isTrusted });
  const agent = store.add(createKiroCli(cliSettings));

  const clients = store.add(new ClientRegistry());
  const target = store.add(new EditorTarget({ editor, workbench, logger }, editorOptions(settings)));
  const foundation = {
    targets: [agent, target],
    connection: workbench,
    agent,
    window,
    policy,
    events,
    outputs,
    logger,
  };
  const core = composeCore(
    foundation,
    coreSettings({
      settings,
      version,
      editor: `${window.describe().editor} ${window.editorVersion}`,
      storageFolder: context.globalStorageUri.fsPath,
      clients,
      logger,
      token: () => presence.token,
    }),
    store,
  );
  const commandsRead = core.catalog.refresh();

  const { token } = presence;
  const distFolder = join(extensionPath, "dist");
  const parts = { core, agent, cliSettings, clients, settings, token, version, distFolder, logger };
  const handlers = await openServer({ ...parts, discoveryFolder: folder });
  const { server } = handlers;
  // Together, since both have their limits and stopping has 4 s in all.
  store.defer(async () => void (await Promise.all([handlers.dispose(), agent.dispose()])));

  store.add(presence);
  // Whoever finds the entry finds the list of commands, too; a workbench that is slow to tell does not hold the bridge up.
  await within(commandsRead, COMMANDS_MS, undefined);
  const { pid } = process;
  const self = { version, url: server.url, pid, started: (await identify(pid))?.started, machine: processSpace };
  await presence.show(server, (token) => ({ ...self, token, windows: [window.describe()] }));
  store.add(setTerminalEnvironment(context.environmentVariableCollection, { url: server.url, folder }));
  store.add(window.onDidChange(() => presence.changed()));
  store.defer(() => core.dispatcher.dispose());
  const stopping = new AbortController();
  store.defer(() => stopping.abort(new BridgeError("KIRO_UNAVAILABLE", "The bridge is stopping.")));
  store.defer(() => server.announceStop());
  void agent.look();

  return {
    ...core,
    clients,
    url: server.url,
    port: server.port,
    onDidChangeNote: presence.onDidChangeNote,
    get note() {
      return bridgeNote({ server, entryNote: presence.note, authMode: access["auth.mode"] });
    },
    get token() {
      return access["auth.mode"] === "none" ? undefined : presence.token;
    },
    diagnoseCli: (maySendPrompt, onProgress, signal) => {
      const workspacePath = cliSettings.defaultWorkspacePath();
      const untilStop = AbortSignal.any([signal, stopping.signal]);
      return diagnose(cliSettings, { workspacePath, maySendPrompt, onProgress }, untilStop);
    },
    applySettings: () => {
      access = readAndWarn(logger);
      policy.reconfigure(access["commands.allow"], access["commands.deny"]);
      server.reconfigure(accessOf(access));
      server.enforcePolicy();
    },
    isOutdated: () => needsRestart(settings, readEditorSettings().settings),
    dispose: () => store.dispose(),
  };
}

function readAndWarn(logger: Logger): Settings {
  const { settings, problems } = readEditorSettings();
  for (const problem of problems) logger.warn("A setting is not valid; using a safe value instead", { problem });
  return settings;
}
