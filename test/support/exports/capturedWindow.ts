import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { EventLog } from "../../../src/core/events/eventLog.ts";
import type { Execution } from "../../../src/core/executions/execution.ts";
import { ExecutionLog } from "../../../src/core/executions/executionLog.ts";
import type { Task } from "../../../src/core/commands/target.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import { Capture } from "../../../src/exports/capture/capture.ts";
import type { Outbox } from "../../../src/exports/outbox/outbox.ts";
import type { Requester } from "../../../src/protocol/executions.ts";

export const program: Requester = {
  origin: "program",
  name: "a program",
  principal: { id: "client-1", name: "My Laptop", kind: "client" },
};

/** The executions of a window whose events go to an outbox. */
export class CapturedWindow {
  readonly redactor = new Redactor();
  readonly events: EventLog;
  readonly executions: ExecutionLog;
  readonly #capture: Capture;

  constructor(outbox: Outbox, windowId = "w1", clock: Clock = systemClock) {
    this.events = new EventLog(windowId);
    this.executions = new ExecutionLog(this.events, windowId);
    this.#capture = new Capture({
      events: this.events,
      executions: this.executions,
      isKnownCommand: (id) => id.startsWith("test.") || id === "kiro.cli.chat",
      redactor: this.redactor,
      outbox,
      clock,
      logger: silentLogger,
    });
  }

  /** Starts a command. */
  start(task: Partial<Task> = {}, requestedBy: Requester = program): Execution {
    const execution = this.create(task, requestedBy);
    execution.start();
    return execution;
  }

  create(task: Partial<Task> = {}, requestedBy: Requester = program): Execution {
    const { command = "test.echo", args = [] } = task;
    return this.executions.create({ kind: "command", command, args }, "editor", requestedBy);
  }

  /** Starts a prompt. */
  prompt(prompt: string): Execution {
    const task: Task = { kind: "chat", command: "kiro.cli.chat", args: [prompt], prompt };
    const execution = this.executions.create(task, "kiro-cli", program);
    execution.start();
    return execution;
  }

  dispose(): void {
    this.#capture.dispose();
    this.executions.dispose();
    this.events.dispose();
  }
}
