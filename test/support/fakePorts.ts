import { Emitter, noEvent } from "../../src/base/events.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { EditorTarget } from "../../src/editor/editorTarget.ts";
import { ownerProgram } from "../../src/core/access/principal.ts";
import {
  type CommandTarget,
  type LaneKey,
  type Task,
  taskFieldsOf,
  type TargetStatus,
} from "../../src/core/commands/target.ts";
import {
  type CliStatusSource,
  type EditorPort,
  type KnownCommand,
  type OtherWindow,
  type Outcome,
  type RunContext,
  UnknownCommand,
  type WindowPort,
} from "../../src/core/ports.ts";
import { cliCommands } from "../../src/agents/kiro/kiroCli.ts";
import type { ExecuteRequest } from "../../src/protocol/executions.ts";
import { type EncodedValue, encodeValue, type Json } from "../../src/protocol/values.ts";
import type { CliStatus } from "../../src/protocol/status.ts";

type Command = (...args: readonly Json[]) => unknown;

/** An editor of a few commands; it counts how often it is asked for the list. */
export class FakeEditor implements EditorPort {
  readonly commands = new Map<string, Command>();
  readonly changed = new Emitter<void>();
  readonly onDidChangeCommands = this.changed.event;
  listings = 0;

  constructor(commands: Record<string, Command> = {}) {
    for (const [id, command] of Object.entries(commands)) this.commands.set(id, command);
  }

  async execute(commandId: string, args: readonly Json[]): Promise<EncodedValue> {
    const command = this.commands.get(commandId);
    if (command === undefined) throw new UnknownCommand(commandId);
    return encodeValue(await command(...args));
  }

  /** Put another in its place to cut the workbench off. */
  reachWorkbench = (): Promise<void> => Promise.resolve();

  async listCommands(): Promise<readonly KnownCommand[]> {
    this.listings++;
    return [...this.commands.keys()].map((id) => ({ id, source: "editor" }));
  }
}

export class FakeWindow implements WindowPort {
  isTrusted = true;
  readonly editorVersion = "1.110.0";
  folders: string[] = [];
  otherWindows: OtherWindow[] = [];
  readonly id: string;

  constructor(id = "window-1") {
    this.id = id;
  }

  async others(): Promise<readonly OtherWindow[]> {
    return this.otherWindows;
  }

  describe(): ReturnType<WindowPort["describe"]> {
    return { id: this.id, pid: process.pid, editor: "Fake Editor", workspaceFolders: this.folders };
  }
}

/** A Kiro CLI that does what the test says. */
export class FakeAgent implements CommandTarget, CliStatusSource {
  readonly id = "cli";
  readonly scope = "agents:prompt";
  readonly commands = [{ id: "kiro.cli.chat", title: "Chat", source: "kiro-cli" }];
  readonly onDidChangeCommands = noEvent;
  readonly isCancellable = true;
  readonly defaultTimeoutMs = undefined;
  readonly controlCommand = "kiro.cli.chat";
  readonly changed = new Emitter<CliStatus>();
  readonly onDidChangeStatus = this.changed.event;
  turn: (task: Task, context: RunContext) => Promise<Outcome> = async (task) => ({
    kind: "completed",
    output: `answer to ${task.args.join(" ")}`,
  });

  cliStatus(): CliStatus {
    return { state: "ready", sessions: 0 };
  }

  status(): TargetStatus {
    return { state: "ready" };
  }

  commandOf(request: ExecuteRequest): string | undefined {
    return cliCommands.commandOf(request);
  }

  /** Without the checks of the real one. */
  accepts(request: ExecuteRequest): Task {
    const { command, args = [], target } = request;
    const isPrompt = target === "cli" && !command.startsWith("kiro.cli.");
    const fields = taskFieldsOf(
      isPrompt ? { ...request, command: this.controlCommand, args: [command, ...args] } : request,
    );
    return fields.command === this.controlCommand
      ? { kind: "chat", prompt: fields.args[0] ?? "", ...fields }
      : { kind: "command", ...fields };
  }

  laneOf({ session = "default" }: Task): LaneKey {
    return { name: session, concurrency: 1 };
  }

  run(task: Task, context: RunContext): Promise<Outcome> {
    return this.turn(task, context);
  }
}

/** The target of an editor whose window is connected. */
export function fakeEditorTarget(editor: EditorPort): EditorTarget {
  const workbench = { isConnected: true, connectedAt: 0, onDidChange: noEvent };
  return new EditorTarget({ editor, workbench, logger: silentLogger }, { concurrency: 3, defaultTimeoutMs: 60_000 });
}

/** The part of a run's context that a test does not look at. */
export function fakeContext(context: Partial<RunContext> = {}): RunContext {
  return {
    executionId: "exec-1",
    caller: ownerProgram,
    signal: new AbortController().signal,
    began: () => undefined,
    output: () => undefined,
    retract: () => undefined,
    ask: async ({ safeAnswer }) => safeAnswer,
    toolCall: () => undefined,
    step: () => undefined,
    compacted: () => undefined,
    park: () => undefined,
    speaksIn: () => undefined,
    suggestCommands: () => [],
    mayRun: () => true,
    ...context,
  };
}
