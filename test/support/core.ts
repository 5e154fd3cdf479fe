import { silentLogger } from "../../src/base/logger.ts";
import { CommandCatalog } from "../../src/core/commandCatalog.ts";
import { Dispatcher } from "../../src/core/dispatcher.ts";
import { EventLog } from "../../src/core/eventLog.ts";
import { ExecutionLog } from "../../src/core/executionLog.ts";
import { RunHistory } from "../../src/core/history.ts";
import { InputDesk } from "../../src/core/inputDesk.ts";
import { Journal, type JournalOptions } from "../../src/core/journal.ts";
import type { LaneLimits } from "../../src/core/lane.ts";
import { Metrics } from "../../src/core/metrics.ts";
import { OutputCoalescer } from "../../src/core/outputCoalescer.ts";
import { Policy } from "../../src/core/policy.ts";
import type { AgentPort, EditorPort } from "../../src/core/ports.ts";
import { PrometheusMeter } from "../../src/core/prometheus.ts";
import { StatusBoard } from "../../src/core/status.ts";
import { WorkspaceFolders } from "../../src/core/workspaceFolders.ts";
import { ClientRegistry } from "../../src/server/clients.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "./fakePorts.ts";

export interface CoreOptions {
  readonly editor?: EditorPort;
  readonly agent?: AgentPort;
  readonly window?: FakeWindow;
  readonly lanes?: LaneLimits;
  readonly defaultTimeoutMs?: number;
  readonly inputTimeoutMs?: number;
  readonly policy?: Policy;
  /** Without it nothing is written. */
  readonly journal?: Partial<JournalOptions> & Pick<JournalOptions, "folder">;
}

const journalDefaults = {
  versions: { bridge: "0.1.0", editor: "Fake Editor 1.110.0", node: process.version, platform: process.platform },
  storesOutput: true,
  maxBytes: 50 * 1024 * 1024,
  maxAgeMs: 30 * 24 * 60 * 60 * 1000,
  logger: silentLogger,
};

/** The whole core, as the composition root builds it, around ports that a test gives. */
export function makeCore(options: CoreOptions = {}) {
  const editor = options.editor ?? new FakeEditor({ echo: (value) => value });
  const agent = options.agent ?? new FakeAgent();
  const window = options.window ?? new FakeWindow();
  const policy = options.policy ?? new Policy(["*"], ["*deleteAccount*"]);
  const events = new EventLog("window-1");
  const outputs = new OutputCoalescer(events);
  const executions = new ExecutionLog(outputs, "window-1");
  const catalog = new CommandCatalog(editor, policy, agent.commands, silentLogger);
  const inputs = new InputDesk(options.inputTimeoutMs ?? 60_000);
  const dispatcher = new Dispatcher({
    editor,
    agent,
    executions,
    catalog,
    policy,
    inputs,
    workspace: new WorkspaceFolders(window),
    logger: silentLogger,
    lanes: options.lanes ?? { concurrency: 3, maxQueued: 100 },
    defaultTimeoutMs: options.defaultTimeoutMs ?? 5000,
  });
  const status = new StatusBoard(executions, catalog, window, agent, outputs);
  const meter = new PrometheusMeter();
  const clients = new ClientRegistry();
  const traffic = () => ({ ...clients.traffic, clients: clients.size });
  const metrics = new Metrics({ executions, events, status, traffic }, meter);
  const journal = options.journal && new Journal(executions, events, { ...journalDefaults, ...options.journal });
  const history = new RunHistory({
    executions,
    events,
    journal,
    versions: journalDefaults.versions,
    secrets: () => [],
  });
  return {
    clients,
    history,
    journal,
    meter,
    metrics,
    outputs,
    agent,
    catalog,
    dispatcher,
    editor,
    events,
    executions,
    inputs,
    policy,
    status,
    window,
  };
}

export type Core = ReturnType<typeof makeCore>;
