import type { AccessStorage } from "../../src/access/accessFile.ts";
import type { AuditOptions } from "../../src/access/audit/audit.ts";
import { DisposableStore } from "../../src/base/disposables.ts";
import { type Logger, silentLogger } from "../../src/base/logger.ts";
import type { BridgeModule } from "../../src/bridge/bridgeModule.ts";
import { composeCore, type CoreOptions as ComposedOptions, type CorePorts } from "../../src/bridge/composeCore.ts";
import { exportsModule } from "../../src/bridge/exports/exportsModule.ts";
import { Policy } from "../../src/core/commands/policy.ts";
import { Redactor } from "../../src/core/privacy/redactor.ts";
import type { LaneLimits } from "../../src/core/commands/lane.ts";
import type { CommandTarget } from "../../src/core/commands/target.ts";
import type { CliStatusSource, EditorPort } from "../../src/core/ports.ts";
import type { JournalOptions } from "../../src/history/journal/journal.ts";
import { FakeAgent, FakeEditor, FakeWindow } from "./fakePorts.ts";
import { MemoryAccess } from "./memoryAccess.ts";
import { fakeKiro } from "./fakeKiro.ts";

export interface CoreOptions {
  readonly editor?: EditorPort;
  readonly agent?: CommandTarget & CliStatusSource;
  /** In place of a module around `agent`. */
  readonly createKiro?: CorePorts["createKiro"];
  readonly modules?: readonly BridgeModule[];
  readonly window?: FakeWindow;
  readonly lanes?: LaneLimits;
  readonly defaultTimeoutMs?: number;
  readonly inputTimeoutMs?: number;
  readonly policy?: Policy;
  readonly maxConnections?: number;
  readonly logger?: Logger;
  readonly redactor?: Redactor;
  /** How fast it is noticed that the editor does not answer. */
  readonly workbenchTickMs?: number;
  readonly publishesToken?: boolean;
  /** Default: in memory. */
  readonly accessStorage?: AccessStorage;
  /** Without it there is no audit log. */
  readonly audit?: Partial<AuditOptions> & Pick<AuditOptions, "folder">;
  /** Default: in memory. */
  readonly oauthStorage?: AccessStorage;
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

const auditDefaults = {
  folder: "",
  version: "0.1.0",
  content: "digest",
  maxFileBytes: 10 * 1024 * 1024,
  maxTotalBytes: 1024 * 1024 * 1024,
  maxAgeMs: journalDefaults.maxAgeMs,
} as const;

/** Returns the options of the core, short in time and large in number. */
export function coreOptions(options: CoreOptions): ComposedOptions {
  const { concurrency, maxQueued } = options.lanes ?? { concurrency: 3, maxQueued: 100 };
  const { workbenchTickMs, maxConnections } = options;
  return {
    policy: options.policy ?? new Policy(["*"], ["*deleteAccount*"]),
    editor: { concurrency, defaultTimeoutMs: options.defaultTimeoutMs ?? 5000 },
    maxQueued,
    inputTimeoutMs: options.inputTimeoutMs ?? 60_000,
    versions: journalDefaults.versions,
    audit: { ...auditDefaults, ...options.audit, isEnabled: options.audit !== undefined },
    accessStorage: options.accessStorage ?? new MemoryAccess(),
    oauthStorage: options.oauthStorage ?? new MemoryAccess(),
    journal: options.journal && { ...journalDefaults, ...options.journal },
    redactor: options.redactor ?? new Redactor(),
    docsFolder: "",
    publishesToken: options.publishesToken ?? true,
    // A busy machine must not end a page; what does is a test of its own.
    maxSearchMs: 600_000,
    ...(workbenchTickMs !== undefined && { workbenchTickMs }),
    ...(maxConnections !== undefined && { maxConnections }),
  };
}

/** The whole core, as the bridge composes it, around ports that a test gives. */
export function makeCore({ logger = silentLogger, modules = [], ...options }: CoreOptions = {}) {
  const editor = options.editor ?? new FakeEditor({ echo: (value) => value });
  const { agent = new FakeAgent(), window = new FakeWindow() } = options;
  const { createKiro = () => fakeKiro({ agent }) } = options;
  const composed = coreOptions(options);
  const exports = exportsModule({
    settings: () => () => undefined,
    storageFolder: "",
    redactor: composed.redactor,
    version: "0.1.0",
    logger,
  });
  const core = composeCore(
    { editor, window, createKiro, modules: [exports, ...modules], exports, logger },
    composed,
    new DisposableStore(),
  );
  return { ...core, editor, window };
}

export type Core = ReturnType<typeof makeCore>;
