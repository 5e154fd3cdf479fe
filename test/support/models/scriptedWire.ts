import type { ModelWire } from "../../../src/agents/models/wire.ts";
import type { EngineModel } from "../../../src/core/models/engineDirectory.ts";
import type { ModelFailure } from "../../../src/core/models/modelFailure.ts";
import type {
  AssistantPart,
  CallPart,
  FinishReason,
  StepEvent,
  StepRequest,
  StepResult,
  StepUsage,
} from "../../../src/core/models/step.ts";

/** A step of a script: its events, each after the other; or what it does with the request. */
export type ScriptedStep =
  | readonly StepEvent[]
  | ModelFailure
  | ((request: StepRequest, signal: AbortSignal) => AsyncIterable<StepEvent>);

/** A wire to a model that answers as the test says, one step after the other. */
export class ScriptedWire implements ModelWire {
  readonly requests: StepRequest[] = [];
  readonly steps: ScriptedStep[];
  /** Answers what the script has no step for. */
  otherwise: ((request: StepRequest) => readonly StepEvent[]) | undefined;
  listed: readonly EngineModel[] = [{ id: "scripted-1", name: "Scripted" }];

  constructor(steps: readonly ScriptedStep[] = []) {
    this.steps = [...steps];
  }

  async *stream(request: StepRequest, signal: AbortSignal): AsyncIterable<StepEvent> {
    signal.throwIfAborted();
    this.requests.push({ ...request, items: [...request.items] });
    const step = this.steps.shift() ?? this.otherwise?.(request);
    if (step === undefined) throw new Error("The script of the model has ended");
    if (typeof step === "function") yield* step(request, signal);
    else if (step instanceof Error) throw step;
    else yield* step;
  }

  listModels(): Promise<readonly EngineModel[]> {
    return Promise.resolve(this.listed);
  }
}

const someUsage: StepUsage = { inputTokens: 100, cachedInputTokens: 40, outputTokens: 10 };

export function call(id: string, name: string, args: unknown = {}): CallPart {
  return { type: "call", id, name, arguments: typeof args === "string" ? args : JSON.stringify(args) };
}

/** The end of a step with these parts. */
export function ended(
  parts: readonly AssistantPart[],
  more: Partial<Pick<StepResult, "finish" | "usage">> = {},
): StepEvent {
  const finish: FinishReason = parts.some(({ type }) => type === "call") ? "tool-calls" : "stop";
  return { type: "end", result: { parts, finish, usage: someUsage, model: "scripted-1", ...more } };
}

/** A step that says a text, a word at a time. */
export function says(text: string, more: Parameters<typeof ended>[1] = {}): readonly StepEvent[] {
  const words = text.split(/(?<= )/).map((word): StepEvent => ({ type: "text", text: word }));
  return [...words, ended([{ type: "text", text }], more)];
}

/** A step that calls tools, after a text if there is one. */
export function calls(parts: readonly CallPart[], text = ""): readonly StepEvent[] {
  const said: AssistantPart[] = text === "" ? [] : [{ type: "text", text }];
  const started = parts.map(({ id, name }): StepEvent => ({ type: "call-started", id, name }));
  return [...(text === "" ? [] : [{ type: "text", text } as const]), ...started, ended([...said, ...parts])];
}

/** A step that says something, and then nothing until it is aborted. */
export function hangs(
  said: readonly StepEvent[] = [],
): (request: StepRequest, signal: AbortSignal) => AsyncIterable<StepEvent> {
  return async function* (_request, signal) {
    yield* said;
    await new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  };
}
