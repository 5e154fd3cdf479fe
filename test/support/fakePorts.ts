import { Emitter } from "../../src/base/events.ts";
import {
  type AgentPort,
  type EditorPort,
  type KnownCommand,
  type OtherWindow,
  type Outcome,
  type RunContext,
  type Task,
  UnknownCommand,
  type WindowPort,
} from "../../src/core/ports.ts";
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
  readonly editorVersion = "1.110.0";
  folders: string[] = [];
  otherWindows: OtherWindow[] = [];

  async others(): Promise<readonly OtherWindow[]> {
    return this.otherWindows;
  }

  describe(): ReturnType<WindowPort["describe"]> {
    return { id: "window-1", pid: process.pid, editor: "Fake Editor", workspaceFolders: this.folders };
  }
}

/** A Kiro CLI that does what the test says. */
export class FakeAgent implements AgentPort {
  readonly commands = [{ id: "kiro.cli.chat", title: "Chat", source: "kiro-cli" }];
  readonly changed = new Emitter<CliStatus>();
  readonly onDidChangeStatus = this.changed.event;
  turn: (task: Task, context: RunContext) => Promise<Outcome> = async (task) => ({
    kind: "completed",
    output: `answer to ${task.args.join(" ")}`,
  });

  status(): CliStatus {
    return { state: "ready", sessions: 0 };
  }

  lineOf(task: Task): string {
    return task.session ?? "default";
  }

  run(task: Task, context: RunContext): Promise<Outcome> {
    return this.turn(task, context);
  }
}
