import type { Clock } from "../../../base/clock.ts";
import { pause } from "../../../base/pause.ts";
import type { Logger } from "../../../base/logger.ts";
import { ModelFailure } from "../../../core/models/modelFailure.ts";
import type { PromptBlock } from "../../../core/models/promptBlock.ts";
import type {
  AssistantPart,
  CallPart,
  ConversationItem,
  StepRequest,
  StepResult,
  StepUsage,
} from "../../../core/models/step.ts";
import type { TurnUsage } from "../../../protocol/agents/turnUsage.ts";
import type { Turn } from "../../agent.ts";
import type { OpenConversation, UsageLedger } from "../../engines/ports.ts";
import type { TurnClock } from "../../turnClock.ts";
import type { Engine } from "../engine.ts";
import { UnfinishedStep } from "../answers/unfinishedStep.ts";
import type { Compactor } from "../compaction/compactor.ts";
import { requestStep, type StepListener } from "./requestStep.ts";
import { callsOf, refused, runCalls, withOwnIds } from "./toolCalls.ts";
import { TurnMeter } from "./turnMeter.ts";

/** Collaborators that the turns of one agent share. */
export interface ModelTurnDeps {
  readonly engine: Engine;
  readonly conversation: OpenConversation;
  readonly compactor: Compactor;
  readonly ledger: UsageLedger;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ModelTurnOptions {
  readonly turn: Turn;
  readonly turnClock: Pick<TurnClock, "recordActivity" | "pause" | "resume">;
  readonly model: string;
  readonly system: string;
  readonly sessionId: string | undefined;
}

const CANCELLED = "[The user has cancelled this turn.]";
const FAILED = "[This turn has failed before its answer was complete.]";

/**
 * One prompt and its answer: requests steps and runs the calls of tools that they ask for, until a step asks for none or a
 * bound is reached. The conversation is complete after each end, also after an abort or a failure.
 */
export class ModelTurn {
  readonly #deps: ModelTurnDeps;
  readonly #options: ModelTurnOptions;
  readonly #meter: TurnMeter;
  readonly #callIds = new Set<string>();
  /** The text of the step that is being read. */
  #unfinished = "";
  /** The last text of the answer, to separate those of two steps. */
  #lastText = "";
  #hasSaid = false;

  constructor(deps: ModelTurnDeps, options: ModelTurnOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#meter = new TurnMeter(deps.engine.settings);
  }

  /** True once the model has said something. */
  get hasSaid(): boolean {
    return this.#hasSaid;
  }

  get usage(): TurnUsage {
    return this.#meter.usage;
  }

  /**
   * Runs the turn to its end. @returns its stop reason
   * @throws ModelFailure, BridgeError, or the signal's reason
   */
  async run(content: readonly PromptBlock[], signal: AbortSignal): Promise<string> {
    await this.#append({ role: "user", content });
    let stopReason: string | undefined;
    try {
      do stopReason = await this.#step(signal);
      while (stopReason === undefined);
      return stopReason;
    } finally {
      if (stopReason === undefined) await this.#leaveUnfinished(signal.aborted ? CANCELLED : FAILED);
    }
  }

  /** Runs one step with its calls. @returns the stop reason; undefined if the turn goes on */
  async #step(signal: AbortSignal): Promise<string | undefined> {
    const { finish, ...result } = await this.#answer(signal);
    const parts = withOwnIds(result.parts, this.#callIds);
    this.#unfinished = "";
    this.#hasSaid = true;
    if (parts.length > 0) await this.#append({ role: "assistant", parts });
    const calls = callsOf(parts);
    const bound = this.#meter.reached;
    if (finish === "refusal") return await this.#stop("refusal", calls, "The model has refused to go on.");
    if (finish === "length") return await this.#stop("max_tokens", calls, "The step was cut at its limit of tokens.");
    if (calls.length === 0) return "end_turn";
    if (bound !== undefined) {
      this.#notify(bound.why);
      return await this.#stop(bound.stopReason, calls, bound.why);
    }
    await this.#call(calls, signal);
    signal.throwIfAborted();
    return undefined;
  }

  /** Ends the turn with results for calls that are not run: their arguments may be incomplete. */
  async #stop(stopReason: string, calls: readonly CallPart[], why: string): Promise<string> {
    if (calls.length > 0) await this.#append({ role: "results", results: refused(calls, `Not run: ${why}`) });
    return stopReason;
  }

  async #call(calls: readonly CallPart[], signal: AbortSignal): Promise<void> {
    const { tools } = this.#options.turn;
    const results = await this.#unwatched(() => runCalls(calls, tools, this.#deps.logger, signal));
    await this.#append({ role: "results", results });
  }

  /** Waits for something else than the model: that is no silence of it. */
  async #unwatched<T>(wait: () => Promise<T>): Promise<T> {
    const { turnClock } = this.#options;
    turnClock.pause();
    try {
      return await wait();
    } finally {
      turnClock.resume();
    }
  }

  /** Requests the next step of the conversation, which is compacted if it is too long for the model. */
  async #answer(signal: AbortSignal): Promise<StepResult> {
    const { conversation, compactor } = this.#deps;
    if (compactor.isDue(conversation, this.#nextRequest)) await this.#compact("full", signal);
    for (;;) {
      const request = this.#nextRequest;
      this.#unfinished = "";
      try {
        const result = await this.#request(request, (event) => this.#hear(event), signal, true);
        compactor.recordStep(request, result.usage);
        return result;
      } catch (error) {
        if (!(error instanceof ModelFailure) || error.kind !== "too-long" || this.#unfinished !== "") throw error;
        await this.#compact("too-long", signal);
      }
    }
  }

  get #nextRequest(): StepRequest {
    const { engine, conversation } = this.#deps;
    const { model, system, turn } = this.#options;
    const { maxOutputTokens } = engine.settings.limits;
    const tools = turn.tools?.list ?? [];
    const items = conversation.items;
    return { model, system, items, tools, ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
  }

  async #compact(because: "full" | "too-long", signal: AbortSignal): Promise<void> {
    const { conversation, compactor } = this.#deps;
    const { model, system, tools } = this.#nextRequest;
    const step = (request: StepRequest, stepSignal: AbortSignal): Promise<StepResult> =>
      this.#request(request, () => undefined, stepSignal, false);
    const compaction = await compactor.compact({ conversation, because, model, system, tools, step }, signal);
    this.#options.turn.compacted(compaction);
  }

  /** Sends one request, and counts what it has used. */
  async #request(
    request: StepRequest,
    onEvent: StepListener["onEvent"],
    signal: AbortSignal,
    isStep: boolean,
  ): Promise<StepResult> {
    const { engine, ledger, clock } = this.#deps;
    const { turn, turnClock, sessionId } = this.#options;
    const { executionId, principalId } = turn;
    const { id: engineId, prices } = engine.settings;
    await ledger.assertWithin(engineId, principalId);
    signal.throwIfAborted();
    const step = this.#meter.begin(isStep);
    turnClock.recordActivity();
    const said = new UnfinishedStep(request);
    const listener: StepListener = {
      onEvent: (event) => {
        said.add(event);
        turnClock.recordActivity();
        onEvent(event);
      },
      untilRetry: async ({ message: reason }, delayMs) => {
        turn.step({ step, status: "retrying", model: request.model, reason, delayMs });
        await this.#unwatched(() => pause(clock, delayMs, signal));
      },
    };
    const count = (usage: StepUsage, model: string): number | undefined => {
      const cost = this.#meter.record(usage);
      ledger.record({ engineId, model, principalId, sessionId, executionId, usage, cost });
      return cost;
    };
    const result = await requestStep(engine.wire, request, listener, signal).catch((error: unknown) => {
      if (said.usage !== undefined) count(said.usage, request.model);
      throw error;
    });
    const { usage, model, finish: finishReason } = result;
    const cost = count(usage, model);
    const { cacheWriteTokens: _cacheWriteTokens, ...tokens } = usage;
    const price = cost === undefined ? {} : { cost, currency: prices?.currency ?? "" };
    turn.step({ step, status: "completed", model, finishReason, ...tokens, ...price });
    return result;
  }

  #hear(event: Parameters<StepListener["onEvent"]>[0]): void {
    this.#hasSaid = true;
    if (event.type !== "text" || event.text === "") return;
    const { turn } = this.#options;
    if (this.#unfinished === "" && this.#lastText !== "" && !this.#lastText.endsWith("\n")) turn.output("\n\n");
    this.#unfinished += event.text;
    this.#lastText = event.text;
    turn.output(event.text);
  }

  #notify(text: string): void {
    this.#options.turn.output(`${text}\n`, "stderr");
  }

  /** Completes the conversation: each call has a result already, and now the prompt has an answer. */
  async #leaveUnfinished(mark: string): Promise<void> {
    const parts: AssistantPart[] = [];
    if (this.#unfinished !== "") parts.push({ type: "text", text: this.#unfinished });
    parts.push({ type: "text", text: mark });
    await this.#append({ role: "assistant", parts });
  }

  async #append(item: ConversationItem): Promise<void> {
    await this.#deps.conversation.append(item, this.#options.turn.executionId);
  }
}
