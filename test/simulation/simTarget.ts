import { noEvent } from "../../src/base/events.ts";
import { onAbort } from "../../src/base/abort.ts";
import { type CommandTarget, type CommandTask, type LaneKey, taskFieldsOf } from "../../src/core/commands/target.ts";
import type { Outcome, RunContext } from "../../src/core/ports.ts";
import type { ExecuteRequest } from "../../src/protocol/executions.ts";
import type { TargetStatus } from "../../src/core/commands/target.ts";
import { LONG_MS, type Order, type Runs } from "./machine/runs.ts";
import type { SimProcess } from "./time/simProcess.ts";

/** Runs the orders of simulated clients: takes its time, reports output, asks a question. */
export class SimTarget implements CommandTarget<CommandTask> {
  readonly id: "editor" | "cli";
  readonly commands = [];
  readonly onDidChangeCommands = noEvent;
  readonly isCancellable: boolean;
  readonly defaultTimeoutMs = undefined;
  readonly #process: SimProcess;
  readonly #runs: Runs;

  /** @param id `cli` can be cancelled */
  constructor(id: "editor" | "cli", process: SimProcess, runs: Runs) {
    this.id = id;
    this.isCancellable = id === "cli";
    this.#process = process;
    this.#runs = runs;
  }

  commandOf({ command }: ExecuteRequest): string | undefined {
    return command.startsWith(this.id) ? command : undefined;
  }

  accepts(request: ExecuteRequest): CommandTask {
    return { kind: "command", ...taskFieldsOf(request) };
  }

  /** Orders that nobody waits for do not hold up the others. */
  laneOf({ args }: CommandTask): LaneKey {
    const { runMs } = orderOf(args);
    return runMs > LONG_MS ? { name: "long", concurrency: 10 } : { name: "", concurrency: 2 };
  }

  status(): TargetStatus {
    return { state: "ready" };
  }

  async run({ args }: CommandTask, context: RunContext): Promise<Outcome> {
    const order = orderOf(args);
    context.began();
    this.#runs.began(order, this.#process.name);
    try {
      for (let part = 1; part <= order.outputs; part++) {
        await this.#pass(order.runMs / order.outputs, context.signal);
        context.output(`${part} `);
      }
      const answer = order.asks ? await context.ask(question) : "";
      return { kind: "completed", output: answer };
    } catch (error) {
      if (!isAbort(error)) throw error;
      return { kind: "cancelled", how: "cooperative" };
    }
  }

  #pass(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = this.#process.after(ms, resolve);
    const listening = onAbort(signal, reject);
    return promise.finally(() => {
      void waiting.dispose();
      void listening.dispose();
    });
  }
}

function orderOf(args: readonly string[]): Order {
  return JSON.parse(args[0] ?? "");
}

const question = { prompt: "Go on?", inputType: "confirmation", safeAnswer: "no" } as const;

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
