import { noEvent } from "../../../src/base/events.ts";
import type { BridgeModule } from "../../../src/bridge/bridgeModule.ts";
import {
  type CommandTask,
  type CommandTarget,
  taskFieldsOf,
  type TargetStatus,
} from "../../../src/core/commands/target.ts";
import type { TargetRequest } from "../../../src/core/commands/turnInput.ts";
import { engineCommand, type EngineDirectory, type EngineEntry } from "../../../src/core/models/engineDirectory.ts";
import type { ModelCall } from "../../../src/core/models/modelCall.ts";
import type { CallPart, StepEvent, StepResult, WireId } from "../../../src/core/models/step.ts";
import type { Outcome, RunContext } from "../../../src/core/ports.ts";

type StepCall = Extract<ModelCall, { kind: "step" }>;

/** Answers a call: tells its events, and returns the outcome, or nothing for a completed one. */
export type AnsweringModel = (call: ModelCall, context: RunContext) => Promise<Outcome | void>;

/** An engine whose models the test writes, as a target of the dispatcher. */
export class FakeEngine implements CommandTarget<CommandTask> {
  readonly id: string;
  readonly entry: EngineEntry;
  readonly scope = "agents:prompt";
  readonly commands = [];
  readonly onDidChangeCommands = noEvent;
  readonly isCancellable = true;
  readonly defaultTimeoutMs = undefined;
  /** The calls that it got. */
  readonly calls: ModelCall[] = [];
  /** The IDs of its models. */
  models: readonly string[] = ["small", "large"];
  answer: AnsweringModel;
  readonly #calls = new WeakMap<CommandTask, ModelCall>();

  constructor(
    id: string,
    wire: WireId,
    { answer = saying("Hello."), ...entry }: Partial<EngineEntry> & { readonly answer?: AnsweringModel } = {},
  ) {
    this.id = id;
    this.answer = answer;
    this.entry = {
      id,
      name: id.toUpperCase(),
      wire,
      defaultModel: undefined,
      hasEmbeddings: false,
      defaultEmbeddingModel: undefined,
      ...entry,
    };
  }

  /** The calls of steps that it got. */
  get steps(): readonly StepCall["request"][] {
    return this.calls.flatMap((call) => (call.kind === "step" ? [call.request] : []));
  }

  status(): TargetStatus {
    return { state: "ready" };
  }

  commandOf({ command }: TargetRequest): string | undefined {
    return ["complete", "embed"].map((name) => engineCommand(this.id, name)).find((known) => known === command);
  }

  accepts(request: TargetRequest): CommandTask {
    const task: CommandTask = { kind: "command", ...taskFieldsOf(request) };
    const call = request.turn?.call;
    if (call !== undefined) this.#calls.set(task, call);
    return task;
  }

  laneOf(): undefined {
    return undefined;
  }

  async run(task: CommandTask, context: RunContext): Promise<Outcome> {
    const call = this.#calls.get(task);
    if (call === undefined) throw new Error("There is no call.");
    this.calls.push(call);
    try {
      return (await this.answer(call, context)) ?? { kind: "completed" };
    } catch (error) {
      if (context.signal.aborted && error === context.signal.reason) return { kind: "cancelled", how: "cooperative" };
      throw error;
    }
  }
}

/** The engines of a test, with the module of their targets. */
export class FakeEngines implements EngineDirectory {
  readonly onDidChange = noEvent;
  readonly #engines: FakeEngine[];

  constructor(...engines: readonly FakeEngine[]) {
    this.#engines = [...engines];
  }

  get module(): BridgeModule {
    return { targets: [...this.#engines] };
  }

  /** Removes an engine from the directory, as a change of the settings does. */
  remove(engine: FakeEngine): void {
    this.#engines.splice(this.#engines.indexOf(engine), 1);
  }

  list(): readonly EngineEntry[] {
    return this.#engines.map(({ entry }) => entry);
  }

  models(engineId: string): ReturnType<EngineDirectory["models"]> {
    const engine = this.#engines.find(({ id }) => id === engineId);
    return Promise.resolve((engine?.models ?? []).map((id) => ({ id, name: `Model ${id}` })));
  }
}

export const usage = { inputTokens: 12, outputTokens: 3 };

/** Returns the last event of a step. */
export function stepEnd(result: Partial<StepResult> = {}): StepEvent {
  return { type: "end", result: { parts: [], finish: "stop", usage, model: "small-1", ...result } };
}

/** Answers a step with these events. */
export function telling(...events: readonly StepEvent[]): AnsweringModel {
  return async (call) => {
    if (call.kind !== "step") throw new Error(`Not a step: ${call.kind}.`);
    for (const event of events) await call.onEvent(event);
  };
}

/** Answers a step with these texts, each an event of its own. */
export function saying(...texts: readonly string[]): AnsweringModel {
  const parts = [{ type: "text", text: texts.join("") }] as const;
  return telling(...texts.map((text) => ({ type: "text", text }) as const), stepEnd({ parts }));
}

/** Answers a step with calls. */
export function calling(...calls: readonly Omit<CallPart, "type">[]): AnsweringModel {
  const parts = calls.map((call) => ({ type: "call" as const, ...call }));
  return telling(
    ...calls.map(({ id, name }) => ({ type: "call-started", id, name }) as const),
    stepEnd({ parts, finish: "tool-calls" }),
  );
}
