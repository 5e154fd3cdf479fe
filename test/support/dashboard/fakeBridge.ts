import { Emitter } from "../../../src/base/events.ts";
import { stateOf } from "../../../src/dashboard/channel/bridgeSource.ts";
import { dashboardDepsOf } from "../../../src/dashboard/channel/bridgeDeps.ts";
import type { DashboardDeps } from "../../../src/dashboard/channel/dashboardDeps.ts";
import { parseRun } from "../../../src/core/runFile.ts";
import type { EditorActions } from "../../../src/dashboard/channel/editorActions.ts";
import { type Question, questionWords } from "../../../src/dashboard/contract/questions.ts";
import type { DashboardState } from "../../../src/dashboard/contract/dashboard.ts";
import type { RunExport } from "../../../src/protocol/runExport.ts";
import type { CliStatus } from "../../../src/protocol/status.ts";
import { type Core, makeCore } from "../core.ts";
import { FakeAgent } from "../fakePorts.ts";
import { MemoryAccess } from "../memoryAccess.ts";

/** The bridge of a window as a dashboard sees it, with a real core behind it that a test can switch, and fill. */
export class FakeBridge {
  readonly agent = new FakeAgent();
  readonly accessStorage = new MemoryAccess();
  readonly changed = new Emitter<DashboardState>();
  readonly onDidChange = this.changed.event;
  core: Core;
  parts: DashboardDeps | undefined;
  /** In the place of what the core says. */
  overrides: Partial<DashboardDeps> = {};
  server: DashboardState["server"] = { kind: "on", url: "http://127.0.0.1:3001" };
  isTrusted = true;
  cli: CliStatus = { state: "ready", version: "2.18.0", transport: "acp", sessions: 1 };

  constructor() {
    this.core = makeCore({ agent: this.agent, accessStorage: this.accessStorage });
    this.parts = this.#makeParts();
  }

  get state(): DashboardState {
    const { server, isTrusted, parts } = this;
    return { server, isTrusted, version: "0.1.0", windows: [], ...(parts && stateOf(parts)) };
  }

  /** In addition to what is already overridden. */
  override(overrides: Partial<DashboardDeps>): void {
    this.overrides = { ...this.overrides, ...overrides };
    this.parts = this.#makeParts();
  }

  switchOff(reason?: string): void {
    this.parts = undefined;
    this.#become({ kind: "off", ...(reason !== undefined && { reason }) });
  }

  /** On again: another bridge, with nothing of the first. */
  switchOn(): void {
    this.core = makeCore({ agent: this.agent, accessStorage: this.accessStorage });
    this.parts = this.#makeParts();
    this.#become({ kind: "on", url: "http://127.0.0.1:3001" });
  }

  #become(server: DashboardState["server"]): void {
    this.server = server;
    this.changed.fire(this.state);
  }

  #makeParts(): DashboardDeps {
    return { ...dashboardDepsOf(this.core), cli: () => this.cli, ...this.overrides };
  }
}

/** An editor that does nothing and remembers what it was asked. */
export class FakeEditorActions implements EditorActions {
  readonly done: string[] = [];
  isSure = true;
  file: string | undefined;

  run = async (...command: string[]): Promise<void> => void this.done.push(command.join(" "));
  manageTrust = async (): Promise<void> => void this.done.push("manageTrust");
  openDocument = async (name: string): Promise<void> => void this.done.push(`document ${name}`);
  openText = async (content: string, language: string): Promise<void> => void this.done.push(`${language}: ${content}`);
  copy = async (text: string): Promise<void> => void this.done.push(`copy: ${text}`);
  confirm = async (question: Question): Promise<boolean> => this.#ask(questionWords(question).question);
  confirmClearHistory = async (): Promise<boolean> => this.#ask("Clear the history?");
  saveRun = async (run: RunExport): Promise<boolean> => {
    this.done.push(`${run.execution.id}.json: ${JSON.stringify(run)}`);
    return true;
  };
  openRun = async (): Promise<RunExport | undefined> => (this.file === undefined ? undefined : parseRun(this.file));

  #ask(question: string): boolean {
    this.done.push(question);
    return this.isSure;
  }
}
