import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ExtensionContext } from "vscode";
import { within } from "../base/deadline.ts";
import { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { CommandCatalog } from "../core/commandCatalog.ts";
import { Dispatcher } from "../core/dispatcher.ts";
import { EventLog } from "../core/eventLog.ts";
import { ExecutionLog } from "../core/executionLog.ts";
import { type History, RunHistory } from "../core/history.ts";
import { InputDesk } from "../core/inputDesk.ts";
import { Metrics } from "../core/metrics.ts";
import { OutputCoalescer } from "../core/outputCoalescer.ts";
import { Policy } from "../core/policy.ts";
import type { AgentPort } from "../core/ports.ts";
import { PrometheusMeter } from "../core/prometheus.ts";
import { StatusBoard } from "../core/status.ts";
import { WorkspaceFolders } from "../core/workspaceFolders.ts";
import { cliFlags } from "../kiro/cliFlags.ts";
import { createKiroCli } from "../kiro/createKiroCli.ts";
import { type Diagnosis, diagnose } from "../kiro/diagnosis.ts";
import { extractJson } from "../kiro/jsonAnswer.ts";
import { KiroTerminals } from "../kiro/terminal.ts";
import { ClientRegistry } from "../server/clients.ts";
import { findPortOwner } from "../server/portOwner.ts";
import { type RunningServer, startServer } from "../server/startServer.ts";
import { TERMINAL_PATH, TerminalSocket } from "../server/terminalSocket.ts";
import { discoveryFolder, readEntries } from "../windows/discovery.ts";
import type { RunningBridge } from "./bridgeSwitch.ts";
import { DiscoveryEntry } from "./discoveryEntry.ts";
import { EditorCommands } from "./editorCommands.ts";
import { EditorWindow } from "./editorWindow.ts";
import { createJournal, historyFolder, versionsOf } from "./journalSettings.ts";
import { kiroCliSettings } from "./kiroCliSettings.ts";
import { readEditorSettings } from "./settings.ts";
import type { TokenStore } from "./token.ts";

/** All that is alive while the bridge is on. */
export interface Bridge extends RunningBridge {
  /** What programs send; undefined when `auth.mode` is `none`. */
  readonly token: string | undefined;
  readonly agent: AgentPort;
  readonly catalog: CommandCatalog;
  readonly dispatcher: Dispatcher;
  readonly events: EventLog;
  /** Gathers output before it becomes events; let out, events and executions say the same. */
  readonly outputs: Pick<OutputCoalescer, "flush">;
  readonly executions: ExecutionLog;
  readonly status: StatusBoard;
  readonly clients: ClientRegistry;
  readonly history: History;
  readonly metrics: Metrics;
  /** See `diagnose`; nothing of it goes through the running sessions. */
  diagnoseCli(maySendPrompt: boolean, onProgress: (step: string) => void, signal: AbortSignal): Promise<Diagnosis>;
  /** Whether the settings have changed since. */
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
  const { settings, problems } = readEditorSettings();
  let token = await tokens.get();
  for (const problem of problems) logger.warn("A setting is not valid; its default is used", { problem });

  const version = String(context.extension.packageJSON.version);
  const editor = store.add(new EditorCommands());
  const window = store.add(new EditorWindow());
  const policy = new Policy(settings["commands.allow"], settings["commands.deny"]);
  const events = store.add(new EventLog(window.describe().id));
  const outputs = store.add(new OutputCoalescer(events));
  const cliSettings = kiroCliSettings({
    settings,
    window,
    events: outputs,
    logger,
    extensionPath: context.extensionPath,
    version,
  });
  const agent = store.add(createKiroCli(cliSettings));
  const executions = store.add(new ExecutionLog(outputs, window.describe().id));
  const catalog = store.add(new CommandCatalog(editor, policy, agent.commands, logger));
  const commandsRead = catalog.refresh();
  const inputs = store.add(new InputDesk(settings["userInput.timeoutMs"]));
  const status = store.add(new StatusBoard(executions, catalog, window, agent, outputs));
  const clients = store.add(new ClientRegistry());
  const meter = new PrometheusMeter();
  const traffic = () => ({ ...clients.traffic, clients: clients.size });
  const metrics = store.add(new Metrics({ executions, events, status, traffic }, meter));
  const versions = versionsOf(version);
  const journal = createJournal(
    { settings, folder: historyFolder(context), versions, executions, events, logger },
    store,
  );
  const history = new RunHistory({ executions, events, journal, versions, secrets: () => [token] });
  const dispatcher = new Dispatcher({
    editor,
    agent,
    executions,
    catalog,
    policy,
    inputs,
    workspace: new WorkspaceFolders(window),
    logger,
    lanes: {
      concurrency: settings["kiro.maxConcurrentCommands"],
      maxQueued: settings["kiro.maxQueuedCommands"],
    },
    defaultTimeoutMs: settings["kiro.commandTimeoutMs"],
  });

  const terminals = new KiroTerminals({
    find: () => agent.found(),
    flags: cliFlags(cliSettings.flags),
    defaultWorkspacePath: cliSettings.defaultWorkspacePath,
    isTrusted: cliSettings.isTrusted,
    maxTerminals: settings["kiro.maxSessions"],
    logger,
  });
  const terminalSocket = new TerminalSocket({
    terminals,
    assertAllowed: () => policy.assertAllowed({ command: "kiro.cli.terminal", args: [] }),
    logger,
  });

  const folder = discoveryFolder(process.env);
  const core = { dispatcher, executions, events, catalog, status, history, meter };
  const server = await startServer({
    kiro: {
      sessions: () => agent.sessions(),
      closeSession: (id) => agent.closeSession(id),
      isSimulated: () => agent.status().simulated === true,
      extractJson,
    },
    upgrades: new Map([[TERMINAL_PATH, terminalSocket.route]]),
    core,
    clients,
    version,
    guards: {
      authMode: settings["auth.mode"],
      token,
      allowedHosts: settings["api.allowedHosts"],
      allowedOrigins: settings["api.allowedOrigins"],
    },
    limits: {
      maxBodyBytes: settings["api.maxBodyBytes"],
      maxRequestsPerMinute: settings["api.maxRequestsPerMinute"],
      maxConnections: MAX_CONNECTIONS,
    },
    listen: {
      port: settings["api.port"],
      host: settings["api.host"],
      portConflict: settings["api.portConflict"],
      receiveTimeoutMs: settings["api.receiveTimeoutMs"],
      describeOwner: async (port) => (await findPortOwner(port, await readEntries(folder))).sentence,
    },
    docsFolder: join(context.extensionPath, "dist"),
    logger,
  });
  // Together, since both have their limits and stopping has 4 s in all.
  store.defer(async () => {
    await Promise.all([server.dispose(), agent.dispose(), terminalSocket.dispose(), terminals.dispose()]);
  });

  const describe = () => ({ version, url: server.url, pid: process.pid, token, windows: [window.describe()] });
  const entry = store.add(new DiscoveryEntry(folder, describe, logger));
  // Whoever finds the entry finds the list of commands, too; a workbench that is slow to tell does not hold the bridge up.
  await within(commandsRead, COMMANDS_MS, undefined);
  const entryNote = await entry.publish();
  store.add(window.onDidChange(() => void entry.publish()));
  store.add(tokens.onDidChange(() => void renewToken()));
  store.defer(() => dispatcher.dispose());
  store.defer(() => server.announceStop());
  void agent.look();

  async function renewToken(): Promise<void> {
    token = await tokens.get();
    server.rotateToken(token);
    await entry.publish();
  }

  const notes = [server.conflict?.owner, entryNote, isExposed(server) ? EXPOSED : undefined];
  return {
    url: server.url,
    port: server.port,
    note: notes.filter((note) => note !== undefined).join(" ") || undefined,
    get token() {
      return settings["auth.mode"] === "none" ? undefined : token;
    },
    agent,
    catalog,
    dispatcher,
    events,
    outputs,
    executions,
    status,
    clients,
    history,
    metrics,
    diagnoseCli: (maySendPrompt, onProgress, signal) => {
      const workspacePath = cliSettings.defaultWorkspacePath();
      return diagnose(cliSettings, { workspacePath, maySendPrompt, onProgress }, signal);
    },
    isOutdated: () => !isDeepStrictEqual(settings, readEditorSettings().settings),
    dispose: () => store.dispose(),
  };
}

/** How long the start waits for the editor's list of commands, in milliseconds. */
const COMMANDS_MS = 3000;
/** WebSockets and event streams at the same time; each may have 1 MiB waiting. */
const MAX_CONNECTIONS = 256;
const EXPOSED = "Other machines can reach this address: they need the token, and nothing is encrypted.";

function isExposed({ addresses }: RunningServer): boolean {
  return !addresses.every((address) => address === "::1" || address.startsWith("127."));
}
