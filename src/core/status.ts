import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { BridgeStatus } from "../protocol/status.ts";
import type { CommandCatalog } from "./commandCatalog.ts";
import type { ExecutionLog } from "./executionLog.ts";
import type { EventWriter } from "./outputCoalescer.ts";
import type { AgentPort, WindowPort } from "./ports.ts";

/** How many run and how many wait. A run that waits for an answer still runs. */
export interface Load {
  readonly running: number;
  readonly queued: number;
  readonly waitingForInput: number;
  readonly currentCommand?: string;
  /** Changed settings take effect when nothing runs any more. */
  readonly isRestartPending?: boolean;
}

/** Says how the bridge is, from memory alone, and tells when ready and busy change. */
export class StatusBoard implements Disposable {
  readonly #store = new DisposableStore();
  readonly #executions: ExecutionLog;
  readonly #catalog: CommandCatalog;
  readonly #window: WindowPort;
  readonly #agent: AgentPort;
  readonly #events: EventWriter;
  readonly #changed = this.#store.add(new Emitter<void>());
  /** `isRestartPending` has changed; whatever else it says comes from executions and the Kiro CLI. */
  readonly onDidChange = this.#changed.event;
  #lastStatus: BridgeStatus["status"] = "ready";
  #isRestartPending = false;

  constructor(
    executions: ExecutionLog,
    catalog: CommandCatalog,
    window: WindowPort,
    agent: AgentPort,
    events: EventWriter,
  ) {
    this.#executions = executions;
    this.#catalog = catalog;
    this.#window = window;
    this.#agent = agent;
    this.#events = events;
    this.#store.add(executions.onDidChange(() => this.#tellChange()));
  }

  load(): Load {
    let running = 0;
    let queued = 0;
    let waitingForInput = 0;
    let currentCommand: string | undefined;
    for (const { status, task } of this.#executions.active) {
      if (status === "queued") queued++;
      else {
        running++;
        if (status === "waiting-input") waitingForInput++;
        currentCommand ??= task.command;
      }
    }
    return {
      running,
      queued,
      waitingForInput,
      ...(currentCommand !== undefined && { currentCommand }),
      ...(this.#isRestartPending && { isRestartPending: true }),
    };
  }

  /** Whether changed settings wait until nothing runs. */
  expectRestart(isPending: boolean): void {
    if (isPending === this.#isRestartPending) return;
    this.#isRestartPending = isPending;
    this.#changed.fire();
  }

  /** The body of `GET /api/kiro/status`. */
  current(): BridgeStatus {
    const { running, queued, currentCommand } = this.load();
    return {
      status: running + queued > 0 ? "busy" : "ready",
      ...(currentCommand !== undefined && { currentCommand }),
      version: this.#window.editorVersion,
      availableCommands: [...this.#catalog.allowedIds],
      timestamp: new Date().toISOString(),
      cli: this.#agent.status(),
      queue: { running, queued },
      ...(this.#isRestartPending && { pendingRestart: true }),
      windows: [this.#window.describe()],
    };
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #tellChange(): void {
    const status = this.#executions.active.size > 0 ? "busy" : "ready";
    if (status === this.#lastStatus) return;
    const previousStatus = this.#lastStatus;
    this.#lastStatus = status;
    const { currentCommand } = this.load();
    this.#events.append({
      type: "status-changed",
      status,
      previousStatus,
      ...(currentCommand !== undefined && { currentCommand }),
    });
  }
}
