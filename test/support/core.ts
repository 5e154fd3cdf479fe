import { DisposableStore } from "../../src/base/disposables.ts";
import { type Logger, silentLogger } from "../../src/base/logger.ts";
import { composeCore } from "../../src/bridge/composeCore.ts";
import { EventLog } from "../../src/core/events/eventLog.ts";
import type { JournalOptions } from "../../src/history/journal/journal.ts";
import type { LaneLimits } from "../../src/core/commands/lane.ts";
import { OutputCoalescer } from "../../src/core/executions/outputCoalescer.ts";
import { Policy } from "../../src/core/commands/policy.ts";
import type { CommandTarget } from "../../src/core/commands/target.ts";
import type { CliStatusSource, EditorPort } from "../../src/core/ports.ts";
import { EditorTarget } from "../../src/editor/editorTarget.ts";
import { WorkbenchLink } from "../../src/editor/workbenchLink.ts";
import { ClientRegistry } from "../../src/server/clients.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "./fakePorts.ts";

export interface CoreOptions {
  readonly editor?: EditorPort;
  readonly agent?: CommandTarget & CliStatusSource;
  readonly window?: FakeWindow;
  readonly lanes?: LaneLimits;
  readonly defaultTimeoutMs?: number;
  readonly inputTimeoutMs?: number;
  readonly policy?: Policy;
  readonly maxConnections?: number;
  readonly logger?: Logger;
  /** How fast it is noticed that the editor does not answer. */
  readonly workbenchTickMs?: number;
  /** Without it nothing is written. */
  readonly journal?: Partial<JournalOptions> & Pick<JournalOptions, "folder">;
}

export const journalDefaults = {
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
  const clients = new ClientRegistry(options.maxConnections);
  const workbench = new WorkbenchLink(editor, options.workbenchTickMs);
  const logger = options.logger ?? silentLogger;
  const { concurrency, maxQueued } = options.lanes ?? { concurrency: 3, maxQueued: 100 };
  const { defaultTimeoutMs = 5000 } = options;
  const target = new EditorTarget({ editor, workbench, logger }, { concurrency, defaultTimeoutMs });
  const targets = [agent, target];
  const foundation = { targets, connection: workbench, agent, window, policy, events, outputs, logger };
  const settings = {
    maxQueued,
    inputTimeoutMs: options.inputTimeoutMs ?? 60_000,
    versions: journalDefaults.versions,
    journal: options.journal && { ...journalDefaults, ...options.journal },
    traffic: () => ({ ...clients.traffic, clients: clients.size }),
    secrets: () => [],
    // A busy machine must not end a page; what does is a test of its own.
    maxSearchMs: 600_000,
  };
  return {
    ...composeCore(foundation, settings, new DisposableStore()),
    agent,
    clients,
    editor,
    target,
    window,
    workbench,
  };
}

export type Core = ReturnType<typeof makeCore>;
