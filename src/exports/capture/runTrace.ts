import type { BridgeEvent } from "../../protocol/events.ts";
import type { RunStep, RunSummary } from "../outbox/fact.ts";
import { plainId, plainWord } from "../outbox/reduceFact.ts";

const MAX_STEPS = 200;
const ended: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);
const sums = ["inputTokens", "cachedInputTokens", "outputTokens", "reasoningTokens", "cost"] as const;

type Usage = Record<string, number | string>;
type Traced = Pick<RunSummary, "steps" | "areStepsCut" | "usage" | "model">;

/** The steps of a run of an agent, and what its requests to a model have used. */
export class RunTrace {
  readonly #steps = new Map<string, RunStep>();
  #areStepsCut = false;
  #usage: Usage | undefined;
  #model: string | undefined;
  /** When the next request to the model can have begun at the earliest. */
  #idleSince: number;

  constructor(startedAt: number) {
    this.#idleSince = startedAt;
  }

  /** Returns true for an event that a run is traced by. */
  static isStep({ type }: BridgeEvent): boolean {
    return type === "tool-call" || type === "agent-step" || type === "user-input-required" || isReply(type);
  }

  take(event: BridgeEvent, at: number): void {
    if (event.type === "tool-call") this.#takeTool(event, at);
    else if (event.type === "agent-step") this.#takeModelStep(event, at);
    else if (event.type === "user-input-required") {
      this.#set({ kind: "question", id: event.questionId, name: event.inputType, startedAt: at, ...open });
    } else if (event.type === "input-accepted" || event.type === "input-expired") {
      const status = event.type === "input-accepted" ? "answered" : "expired";
      this.#end(`question ${event.questionId}`, status, at);
    }
  }

  /** @param isEnd true to add the steps */
  summary(isEnd: boolean): Traced {
    const model = this.#model;
    return {
      ...(isEnd && this.#steps.size > 0 && { steps: [...this.#steps.values()] }),
      ...(isEnd && this.#areStepsCut && { areStepsCut: true }),
      ...(this.#usage !== undefined && { usage: this.#usage }),
      ...(model !== undefined && { model }),
    };
  }

  #takeTool(event: BridgeEvent & { readonly type: "tool-call" }, at: number): void {
    const id = plainId(event.toolCallId);
    const key = `tool ${id}`;
    const known = this.#steps.get(key);
    const name = plainWord(event.kind) ?? known?.name ?? "other";
    const status = plainWord(event.status) ?? known?.status;
    const childId = event.childId ?? known?.childId;
    this.#set({
      kind: "tool",
      id,
      name,
      startedAt: known?.startedAt ?? at,
      ...open,
      status,
      ...(childId !== undefined && { childId }),
    });
    if (status !== undefined && ended.has(status)) this.#end(key, status, at);
  }

  #takeModelStep(event: BridgeEvent & { readonly type: "agent-step" }, at: number): void {
    const id = String(event.step);
    this.#model = event.model;
    const startedAt = Math.min(this.#idleSince, at);
    this.#set({ kind: "model-step", id, name: event.model, startedAt, endedAt: at, status: event.status });
    this.#idleSince = at;
    const usage: Usage = { ...this.#usage };
    for (const name of sums) {
      const used = event[name];
      if (used !== undefined) usage[name] = Number(usage[name] ?? 0) + used;
    }
    const currency = plainWord(event.currency);
    if (currency !== undefined) usage["currency"] = currency;
    this.#usage = usage;
  }

  #set(step: RunStep): void {
    const key = `${step.kind} ${step.id}`;
    if (this.#steps.size < MAX_STEPS || this.#steps.has(key)) this.#steps.set(key, step);
    else this.#areStepsCut = true;
  }

  #end(key: string, status: string, at: number): void {
    const step = this.#steps.get(key);
    if (step !== undefined) this.#steps.set(key, { ...step, endedAt: at, status });
    this.#idleSince = at;
  }
}

const open = { endedAt: undefined, status: undefined };

function isReply(type: BridgeEvent["type"]): boolean {
  return type === "input-accepted" || type === "input-expired";
}
