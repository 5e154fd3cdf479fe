import { isBridgeError, BridgeError } from "../../../protocol/errors.ts";
import type { WireId } from "../../../core/models/step.ts";
import type { Agent, Turn, TurnEnd } from "../../agent.ts";
import { blocksOf, type Prompt } from "../../prompt.ts";
import { endOfStopped } from "../../turnClock.ts";
import { EngineClock } from "../engineClock.ts";
import { bridgeErrorOf } from "../failures/bridgeErrorOf.ts";
import { ModelTurn, type ModelTurnDeps } from "./modelTurn.ts";
import { systemOf } from "./systemPrompt.ts";

export interface ModelAgentOptions {
  readonly workspacePath: string;
  readonly sessionId: string | undefined;
}

/** A turn that is running. */
interface CurrentTurn {
  readonly stopping: AbortController;
  readonly ended: PromiseWithResolvers<void>;
}

const HELD_ELSEWHERE =
  "Another window has this conversation. This window starts a new one, which is not kept when it is closed or idle.\n";

/**
 * A conversation with a model that has the tools of the bridge. Stays usable whatever happens in a turn, because its
 * conversation is complete after each.
 */
export class ModelAgent implements Agent {
  /** The tools of its clients are not lent: gateways offer them to the model itself. */
  readonly takesTools = false;
  readonly #deps: ModelTurnDeps;
  readonly #options: ModelAgentOptions;
  #model: string | undefined;
  #current: CurrentTurn | undefined;
  #isDisposed = false;
  #hasTold = false;

  constructor(deps: ModelTurnDeps, options: ModelAgentOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get transport(): WireId {
    return this.#deps.engine.settings.wire;
  }

  get isUsable(): boolean {
    return !this.#isDisposed;
  }

  /** Takes every prompt. The vendor knows whether a model takes images. */
  assertTakes(_prompt: Prompt): void {}

  /** Takes every ID: a vendor may have models that it does not list. An unknown one is an error of the next step. */
  useModel(id: string): Promise<void> {
    this.#model = id;
    return Promise.resolve();
  }

  async prompt(prompt: Prompt, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
    if (this.#current !== undefined) throw new BridgeError("INTERNAL_ERROR", "Two turns at once with one model.");
    if (this.#isDisposed) throw new BridgeError("NOT_FOUND", "This session was closed.");
    const current = { stopping: new AbortController(), ended: Promise.withResolvers<void>() };
    const monitor = new EngineClock(this.#deps.engine, AbortSignal.any([signal, current.stopping.signal]));
    this.#current = current;
    try {
      return await this.#converse(prompt, turn, monitor);
    } finally {
      monitor.dispose();
      this.#current = undefined;
      current.ended.resolve();
    }
  }

  /** Cancels the turn, and releases the conversation for another process. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#current?.stopping.abort();
    await this.#current?.ended.promise;
    await this.#deps.conversation.dispose();
  }

  /** Drops the conversation, for good. */
  async forget(): Promise<void> {
    await this.#deps.conversation.forget();
  }

  async #converse(prompt: Prompt, turn: Turn, monitor: EngineClock): Promise<TurnEnd> {
    if (monitor.stop !== undefined) return endOfStopped(monitor.stop, "cooperative");
    const { clock: turnClock, signal } = monitor;
    // Read before `began`, after which it is no longer held.
    const content = blocksOf(prompt);
    let running: ModelTurn | undefined;
    try {
      const model = this.#model ?? (await this.#deps.engine.defaultModel(signal));
      const system = systemOf(this.#deps.engine.settings, this.#options.workspacePath, turn.tools);
      const { sessionId } = this.#options;
      running = new ModelTurn(this.#deps, { turn, turnClock, model, system, sessionId });
      turn.began();
      this.#tellOnce(turn);
      const stopReason = await running.run(content, signal);
      return { kind: "ended", stopReason, usage: running.usage };
    } catch (error) {
      if (monitor.stop !== undefined) return endOfStopped(monitor.stop, "cooperative");
      throw this.#failureOf(error, running?.hasSaid ?? false);
    }
  }

  #tellOnce(turn: Turn): void {
    if (!this.#hasTold && this.#deps.conversation.isHeldElsewhere) turn.output(HELD_ELSEWHERE, "stderr");
    this.#hasTold = true;
  }

  /** Once the model has said something, tools may have run, so a repetition of the prompt is not the same. */
  #failureOf(error: unknown, hasSaid: boolean): unknown {
    const failure = bridgeErrorOf(error, this.#deps.engine.settings.id);
    if (!hasSaid || !isBridgeError(failure) || failure.code === "INTERNAL_ERROR") return failure;
    return new BridgeError("COMMAND_EXECUTION_FAILED", failure.message, failure.context);
  }
}
