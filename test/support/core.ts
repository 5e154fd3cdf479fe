import { silentLogger } from "../../src/base/logger.ts";
import { CommandCatalog } from "../../src/core/commandCatalog.ts";
import { Dispatcher } from "../../src/core/dispatcher.ts";
import { EventLog } from "../../src/core/eventLog.ts";
import { ExecutionLog } from "../../src/core/executionLog.ts";
import { InputDesk } from "../../src/core/inputDesk.ts";
import type { LaneLimits } from "../../src/core/lane.ts";
import { Policy } from "../../src/core/policy.ts";
import type { AgentPort, EditorPort } from "../../src/core/ports.ts";
import { StatusBoard } from "../../src/core/status.ts";
import { WorkspaceFolders } from "../../src/core/workspaceFolders.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "./fakePorts.ts";

export interface CoreOptions {
  readonly editor?: EditorPort;
  readonly agent?: AgentPort;
  readonly window?: FakeWindow;
  readonly lanes?: LaneLimits;
  readonly defaultTimeoutMs?: number;
  readonly inputTimeoutMs?: number;
  readonly policy?: Policy;
}

/** The whole core, as the composition root builds it, around ports that a test gives. */
export function makeCore(options: CoreOptions = {}) {
  const editor = options.editor ?? new FakeEditor({ echo: (value) => value });
  const agent = options.agent ?? new FakeAgent();
  const window = options.window ?? new FakeWindow();
  const policy = options.policy ?? new Policy(["*"], ["*deleteAccount*"]);
  const events = new EventLog("window-1");
  const executions = new ExecutionLog(events, "window-1");
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
  const status = new StatusBoard(executions, catalog, window, agent, events);
  return { agent, catalog, dispatcher, editor, events, executions, inputs, policy, status, window };
}

export type Core = ReturnType<typeof makeCore>;
