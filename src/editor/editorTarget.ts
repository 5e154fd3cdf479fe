import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter, type Event } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import {
  assertCommandId,
  type CommandTarget,
  type CommandTask,
  type Disconnection,
  type LaneKey,
  type TargetStatus,
  taskFieldsOf,
} from "../core/commands/target.ts";
import { resultText } from "../core/commands/resultText.ts";
import { type EditorPort, type KnownCommand, type Outcome, type RunContext, UnknownCommand } from "../core/ports.ts";
import { type BridgeError, isBridgeError, messageOf } from "../protocol/errors.ts";
import { unavailable } from "../protocol/unavailable.ts";
import type { ExecuteRequest } from "../protocol/executions.ts";
import { quote } from "../protocol/validate.ts";
import { encodeValue, type EncodedValue } from "../protocol/values.ts";
import type { WorkbenchLink } from "./workbenchLink.ts";

const MAX_UNLISTED = 1000;
const READY: TargetStatus = { state: "ready" };

export interface EditorTargetDeps {
  readonly editor: EditorPort;
  readonly workbench: Pick<WorkbenchLink, "isConnected" | "connectedAt" | "onDidChange">;
  readonly logger: Logger;
}

export interface EditorTargetOptions {
  /** Maximum number of commands that run at once. */
  readonly concurrency: number;
  readonly defaultTimeoutMs: number;
}

/** The commands of this window's editor. Accepts every command, because existence is only known after running it. */
export class EditorTarget implements CommandTarget<CommandTask>, Disposable {
  readonly id = "editor";
  readonly isCancellable = false;
  readonly defaultTimeoutMs: number;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChangeCommands = this.#changed.event;
  readonly #deps: EditorTargetDeps;
  readonly #lane: LaneKey;
  #commands = new Map<string, KnownCommand>();
  /** Commands that ran without being listed, for which refreshing the list again would not help. */
  readonly #unlisted = new Set<string>();
  #reading: Promise<void> | undefined;

  constructor(deps: EditorTargetDeps, { concurrency, defaultTimeoutMs }: EditorTargetOptions) {
    this.#deps = deps;
    this.#lane = { name: "editor", concurrency };
    this.defaultTimeoutMs = defaultTimeoutMs;
    this.#store.add(deps.editor.onDidChangeCommands(() => void this.refreshCommands()));
  }

  readonly onDidDisconnect: Event<Disconnection> = (listener) => {
    const { workbench } = this.#deps;
    return workbench.onDidChange(() => {
      if (!workbench.isConnected) listener({ since: workbench.connectedAt, error: disconnectedError });
    });
  };

  get commands(): readonly KnownCommand[] {
    return [...this.#commands.values()];
  }

  /** Refreshes the list of commands. Concurrent calls share one request. If it fails, the previous list is kept. */
  refreshCommands(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  commandOf({ command }: ExecuteRequest): string {
    assertCommandId(command);
    return command;
  }

  accepts(request: ExecuteRequest): CommandTask {
    return { kind: "command", ...taskFieldsOf(request) };
  }

  laneOf(): LaneKey {
    return this.#lane;
  }

  status(): TargetStatus {
    return this.#deps.workbench.isConnected ? READY : { state: "unavailable", error: workbenchGone() };
  }

  async run(task: CommandTask, context: RunContext): Promise<Outcome> {
    context.began();
    try {
      const value = await this.#deps.editor.execute(task.command, task.params ?? task.args);
      this.#notice(task.command);
      return completed(value);
    } catch (error) {
      if (isBridgeError(error)) throw error;
      if (error instanceof UnknownCommand)
        return unknownCommand(task.command, error.reason ?? suggestion(context.suggestCommands(task.command)));
      this.#notice(task.command);
      return thrown(error);
    }
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  /** Refreshes the list after an unlisted command has run: it was registered since, and others may have been, too. */
  #notice(id: string): void {
    if (!this.#commands.has(id) && !this.#unlisted.has(id) && this.#unlisted.size < MAX_UNLISTED) void this.#learn(id);
  }

  /** Waits for a pending refresh first, which may have started before the command was registered. */
  async #learn(id: string): Promise<void> {
    await this.#reading;
    await this.refreshCommands();
    if (!this.#commands.has(id)) this.#unlisted.add(id);
  }

  async #read(): Promise<void> {
    try {
      this.#commands = new Map((await this.#deps.editor.listCommands()).map((command) => [command.id, command]));
      this.#changed.fire();
    } catch (error) {
      this.#deps.logger.warn("The editor's commands could not be read", { error: messageOf(error) });
    }
  }
}

function disconnectedError(hasStarted: boolean): BridgeError {
  return workbenchGone(hasStarted ? "The command may have run, or may run when the window is back." : "");
}

/** @param then the fate of the command, if it was started */
function workbenchGone(then = ""): BridgeError {
  const message = "The editor window is not connected: its page was closed, or it does not respond.";
  return unavailable("window-gone", `${message} ${then}`.trim());
}

function completed({ value, truncated }: EncodedValue): Outcome {
  return { kind: "completed", output: resultText(value), result: value, ...(truncated && { isTruncated: true }) };
}

function thrown(error: unknown): Outcome {
  const message = messageOf(error) || "The command failed without a message.";
  return { kind: "failed", error: message, code: "COMMAND_EXECUTION_FAILED", result: encodeValue(error).value };
}

function suggestion(near: readonly string[]): string {
  return near.length === 0 ? "" : `Did you mean ${near.map((name) => `'${name}'`).join(", ")}?`;
}

function unknownCommand(id: string, hint: string): Outcome {
  return {
    kind: "failed",
    error: `Command '${quote(id)}' not found. ${hint}`.trim(),
    code: "COMMAND_EXECUTION_FAILED",
  };
}
