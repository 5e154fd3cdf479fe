import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { BridgeStatus, CliStatus } from "../protocol/status.ts";
import { maySeeRun, owner, type Principal } from "./access/principal.ts";
import type { CommandCatalog } from "./commands/commandCatalog.ts";
import type { Execution } from "./executions/execution.ts";
import type { ExecutionLog } from "./executions/executionLog.ts";
import type { EventWriter } from "./executions/outputCoalescer.ts";
import type { WindowConnection, WindowPort } from "./ports.ts";

/** Numbers of running and queued executions. One that waits for an answer counts as running. */
export interface Load {
  readonly running: number;
  readonly queued: number;
  readonly waitingForInput: number;
  readonly currentCommand?: string;
  /** True if changed settings are applied when nothing is running. */
  readonly isRestartPending?: boolean;
}

/** Functions that return fields of the status body, by name. */
type StatusParts = Readonly<Record<string, () => unknown>> & { readonly cli: () => CliStatus };

export type BriefStatus = Omit<BridgeStatus, "availableCommands" | "windows">;

export interface StatusDeps {
  readonly executions: ExecutionLog;
  readonly catalog: CommandCatalog;
  readonly window: WindowPort;
  readonly connection: WindowConnection;
  readonly parts: StatusParts;
  readonly events: EventWriter;
}

/** Reports the status of the bridge, from memory, and emits changes between ready, busy and unavailable. */
export class StatusBoard implements Disposable {
  readonly #store = new DisposableStore();
  readonly #deps: StatusDeps;
  readonly #changed = this.#store.add(new Emitter<void>());
  /** Fires when `isRestartPending` changes; other changes are announced by executions and the Kiro CLI. */
  readonly onDidChange = this.#changed.event;
  #lastStatus: BridgeStatus["status"] = "ready";
  #isRestartPending = false;

  constructor(deps: StatusDeps) {
    this.#deps = deps;
    this.#store.add(deps.executions.onDidChange(() => this.#tellChange()));
    this.#store.add(deps.connection.onDidChange(() => this.#tellChange()));
  }

  load(): Load {
    let running = 0;
    let queued = 0;
    let waitingForInput = 0;
    for (const { status, pendingInput } of this.#deps.executions.active) {
      if (status === "queued") queued++;
      else {
        running++;
        if (pendingInput !== undefined) waitingForInput++;
      }
    }
    const currentCommand = this.#current()?.task.command;
    return {
      running,
      queued,
      waitingForInput,
      ...(currentCommand !== undefined && { currentCommand }),
      ...(this.#isRestartPending && { isRestartPending: true }),
    };
  }

  /** False for a bridge without an editor. */
  get hasEditor(): boolean {
    return this.#deps.window.describe().kind !== "server";
  }

  /** False if the editor window is gone, or has not responded for a long time. */
  get isWindowConnected(): boolean {
    return this.#deps.connection.isConnected;
  }

  /** Records if changed settings wait until nothing is running. */
  expectRestart(isPending: boolean): void {
    if (isPending === this.#isRestartPending) return;
    this.#isRestartPending = isPending;
    this.#changed.fire();
  }

  /** Returns the body of `GET /api/kiro/status`, with the commands that the principal may see and may run. */
  current(principal: Principal = owner): BridgeStatus {
    return {
      ...this.brief(principal),
      availableCommands: [...this.#deps.catalog.allowedIds(principal)],
      windows: [this.#deps.window.describe()],
    };
  }

  /** Returns the same without the commands, which are many. */
  brief(principal: Principal = owner): BriefStatus {
    const { running, queued } = this.load();
    const currentCommand = this.#current(principal)?.task.command;
    const { cli, ...parts } = this.#deps.parts;
    const { editorVersion } = this.#deps.window;
    return {
      ...Object.fromEntries(Object.entries(parts).map(([name, read]) => [name, read()])),
      status: this.#status(),
      ...(!this.isWindowConnected && { reason: "window_disconnected" as const }),
      ...(currentCommand !== undefined && { currentCommand }),
      ...(editorVersion !== undefined && { version: editorVersion }),
      timestamp: new Date().toISOString(),
      cli: cli(),
      queue: { running, queued },
      ...(this.#isRestartPending && { pendingRestart: true }),
    };
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #status(): BridgeStatus["status"] {
    if (!this.isWindowConnected) return "unavailable";
    return this.#deps.executions.active.size > 0 ? "busy" : "ready";
  }

  #tellChange(): void {
    const status = this.#status();
    if (status === this.#lastStatus) return;
    const previousStatus = this.#lastStatus;
    this.#lastStatus = status;
    const current = this.#current();
    const principalId = current?.requestedBy?.principal?.id;
    this.#deps.events.append({
      type: "status-changed",
      status,
      previousStatus,
      ...(current !== undefined && { currentCommand: current.task.command }),
      ...(principalId !== undefined && { principalId }),
    });
  }

  /** Returns the oldest running execution that the principal may see. */
  #current(principal: Principal = owner): Execution | undefined {
    for (const execution of this.#deps.executions.active) {
      if (execution.status !== "queued" && maySeeRun(principal, execution.requestedBy?.principal?.id)) return execution;
    }
    return undefined;
  }
}
