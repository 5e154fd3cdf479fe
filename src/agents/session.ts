import { startDeadline } from "../base/deadline.ts";
import type { HeldTurn } from "../core/executions/heldTurn.ts";
import type { LentTools } from "../core/commands/turnInput.ts";
import { BridgeError, messageOf } from "../protocol/errors.ts";
import type { SessionRecord, SessionState } from "../protocol/chat.ts";
import { acceptedPrompt } from "./acceptedPrompt.ts";
import { type Agent, type GivenTurn, onBegan, type Turn, type TurnEnd } from "./agent.ts";
import type { SlotHolder } from "./processSlots.ts";
import type { Prompt } from "./prompt.ts";
import type { SessionAnswer } from "./sessionAnswer.ts";
import type { SessionOptions } from "./sessionOptions.ts";
import {
  type Ending,
  hasTools,
  newTurn,
  processOf,
  resumeIdOf,
  type SessionProcess,
  shownState,
  type Starting,
  startingFrom,
  type State,
  turnOf,
} from "./sessionState.ts";
import { type AgentRequest, disposeQuietly, type StartedAgent } from "./startAgent.ts";
import { isCancel, isCrash } from "./turnFailures.ts";

/**
 * A conversation with the CLI, with at most one process. A dirty process is replaced before the next turn
 * (docs/kiro-cli.md#m2); no prompt is ever sent twice (docs/kiro-cli.md#m19). Data that belongs to one state only, such
 * as the process or the turn, is part of that state; the counters span all states.
 */
export class Session implements SlotHolder {
  readonly id: string;
  readonly name: string;
  readonly workspacePath: string;
  readonly ownerId: string | undefined;
  readonly #options: SessionOptions;
  readonly #createdAt = Date.now();
  #lastUsedTime = Date.now();
  /** Read from a monotonic clock, because it decides which of two sessions was used last. */
  #lastUsedAt = performance.now();
  #state: State = { kind: "sleeping", resumeId: undefined };
  #turns = 0;
  #restarts = 0;
  /** The last ones that were lent, which its processes keep when a later turn lends none. */
  #tools: LentTools | undefined;
  /** The last one that was selected, which its processes keep. */
  #model: string | undefined;
  /** True until an agent has begun the new conversation. */
  #isNew: boolean;
  /** That of the last agent. */
  #forget: StartedAgent["forget"];

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.name = options.name;
    this.workspacePath = options.workspacePath;
    this.ownerId = options.ownerId;
    this.#isNew = options.isNew;
    this.#options = options;
  }

  get state(): SessionState {
    return shownState(this.#state);
  }

  get isIdle(): boolean {
    const { kind } = this.#state;
    return kind === "idle" || kind === "sleeping" || kind === "ending";
  }

  get lastUsedAt(): number {
    return this.#lastUsedAt;
  }

  record(): SessionRecord {
    const { id, name, workspacePath, ownerId: principalId, state } = this;
    const process = processOf(this.#state);
    return {
      id,
      name,
      workspacePath,
      ...(principalId !== undefined && { principalId }),
      state,
      ...(process !== undefined && { transport: process.agent.transport }),
      turns: this.#turns,
      restarts: this.#restarts,
      crashes: this.#options.turnGuard.crashes,
      createdAt: new Date(this.#createdAt).toISOString(),
      lastUsedAt: new Date(this.#lastUsedTime).toISOString(),
    };
  }

  /**
   * Runs one turn, waiting for a process slot if necessary.
   * @throws BridgeError CONFLICT if a turn is running; errors of `StartAgent` and `Agent.prompt`
   */
  async run(prompt: string | HeldTurn, turn: GivenTurn, signal: AbortSignal): Promise<SessionAnswer> {
    const from = this.#state;
    if ("turn" in from) throw new BridgeError("CONFLICT", "This session is running a prompt.");
    if (from.kind === "closed") throw new BridgeError("NOT_FOUND", "This session was closed.");
    if (from.kind === "idle") void from.timeout.dispose();
    if (typeof prompt !== "string") this.#tools = prompt.tools ?? this.#tools;
    const current = newTurn();
    const starting = startingFrom(from, current);
    this.#become(starting);
    try {
      return await this.#run(starting, prompt, turn, AbortSignal.any([signal, current.cancellation.signal]));
    } finally {
      this.#lastUsedTime = Date.now();
      this.#lastUsedAt = performance.now();
      this.#rest();
      current.ended.resolve();
    }
  }

  /** Cancels the running turn by the ladder. @returns false if there is none */
  cancel(): boolean {
    const turn = turnOf(this.#state);
    turn?.cancellation.abort();
    return turn !== undefined;
  }

  /** Ends the process but keeps the ID of the conversation. Does nothing during a turn. */
  async yieldSlot(): Promise<void> {
    if (this.#state.kind === "idle") {
      void this.#state.timeout.dispose();
      this.#endWith(this.#state.process, "idle", resumeIdOf(this.#state));
    }
    if (this.#state.kind === "ending") await this.#state.ended;
  }

  /** Resolves when no turn is running. */
  async retire(): Promise<void> {
    await turnOf(this.#state)?.ended.promise;
  }

  /** Cancels the turn by the ladder, ends the process, and rejects further prompts. */
  async close(): Promise<void> {
    while (this.cancel()) await this.retire();
    const state = this.#state;
    if (state.kind === "idle") void state.timeout.dispose();
    if (state.kind !== "closed") {
      this.#become({ kind: "closed", ended: "ended" in state ? state.ended : this.#end(processOf(state)) });
    }
    if (this.#state.kind === "closed") await this.#state.ended;
  }

  /** Closes the session, and drops what agents have stored of the conversation. */
  async forget(): Promise<void> {
    await this.close();
    await this.#forget?.();
  }

  /** Ends the process at once, even during a turn. */
  async dispose(): Promise<void> {
    this.cancel();
    const process = processOf(this.#state);
    if (process !== undefined) await disposeQuietly(process.agent);
    await this.close();
  }

  async #run(
    starting: Starting,
    input: string | HeldTurn,
    given: GivenTurn,
    signal: AbortSignal,
  ): Promise<SessionAnswer> {
    let process: SessionProcess;
    let turn: Turn;
    try {
      process = await this.#prepare(starting, signal);
      const model = (typeof input === "string" ? undefined : input.model) ?? this.#model;
      if (model !== undefined) await process.agent.useModel(model, signal);
      this.#model = model;
      turn = typeof given === "function" ? await given() : given;
    } catch (error) {
      if (!isCancel(signal)) throw error;
      return { end: { kind: "cancelled", how: "dequeued" }, transport: undefined, isNewConversation: false };
    }
    const { agent } = process;
    const isNewConversation = !process.hasMemory;
    const prompt = acceptedPrompt(input, agent, { sessionId: this.id, isNewConversation });
    const began = (): void => {
      // One-shot processes share no state.
      process.hasMemory = agent.transport !== "oneshot";
    };
    const end = await this.#prompt(agent, prompt, onBegan(turn, began), signal);
    return { end, transport: agent.transport, isNewConversation };
  }

  async #prompt(agent: Agent, prompt: Prompt, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
    const { turnGuard } = this.#options;
    this.#turns++;
    try {
      const end = await agent.prompt(prompt, turn, signal);
      if (end.kind === "ended") turnGuard.succeeded();
      return end;
    } catch (error) {
      if (!agent.isUsable && !signal.aborted && isCrash(error)) turnGuard.crashed(messageOf(error));
      throw error;
    }
  }

  /** Leads from `starting` to `busy`, with the process of the previous turn or with a new one. */
  async #prepare(starting: Starting, signal: AbortSignal): Promise<SessionProcess> {
    const { slots, turnGuard, startGuard } = this.#options;
    const { turn, process } = starting;
    await starting.previousEnded;
    if (process !== undefined) {
      const { agent, isOutdated } = process;
      if (agent.isUsable && isOutdated?.() !== true && hasTools(process, this.#tools)) {
        this.#become({ kind: "busy", turn, process });
        return process;
      }
      this.#become({ ...starting, process: undefined });
      if (agent.isUsable) await this.#end(process);
      else await this.#replace(agent);
    }
    await turnGuard.permit(signal);
    await startGuard.permit(signal);
    await slots.take(this, signal);
    const started = await this.#start(starting.resumeId, signal);
    this.#become({ kind: "busy", turn, process: started });
    return started;
  }

  async #start(resumeId: string | undefined, signal: AbortSignal): Promise<SessionProcess> {
    const { start, startGuard, isNamed } = this.#options;
    const { id: sessionId, name, ownerId, workspacePath } = this;
    const tools = this.#tools;
    const request: AgentRequest = {
      workspacePath,
      sessionId,
      isNew: this.#isNew,
      ...(isNamed && { place: { name, ownerId } }),
      ...(resumeId !== undefined && { resumeId }),
      ...(tools !== undefined && { tools }),
    };
    try {
      const started = await start(request, signal);
      startGuard.succeeded();
      this.#isNew = false;
      this.#forget = started.forget;
      return { ...started, tools, hasMemory: started.isResumed };
    } catch (error) {
      if (!signal.aborted && isCrash(error)) startGuard.crashed(messageOf(error));
      throw error;
    }
  }

  /** Ends an unusable process before its successor starts. Keeps the slot. */
  async #replace(agent: Agent): Promise<void> {
    this.#restarts++;
    await disposeQuietly(agent);
  }

  /**
   * After a turn: releases the slot if there is no usable process, else offers it to waiting sessions. A conversation that
   * was interrupted during a turn is not resumed, because its state is unknown (docs/kiro-cli.md#m21, Kiro#6110); one whose
   * process died between turns is.
   */
  #rest(): void {
    const state = this.#state;
    if (!("turn" in state)) return;
    const { process } = state;
    if (process?.agent.isUsable === true) {
      const { slots, idleMs } = this.#options;
      this.#become({ kind: "idle", process, timeout: startDeadline(idleMs, () => void this.yieldSlot()) });
      slots.serve();
      return;
    }
    if (process !== undefined) this.#restarts++;
    this.#endWith(process, "sleeping", process === undefined && state.kind === "starting" ? state.resumeId : undefined);
  }

  #endWith(process: SessionProcess | undefined, shownAs: Ending["shownAs"], resumeId: string | undefined): void {
    const ended = this.#end(process).then(() => {
      if (this.#state === ending) this.#become({ kind: "sleeping", resumeId });
    });
    const ending: Ending = { kind: "ending", shownAs, resumeId, ended };
    this.#become(ending);
  }

  /** Ends the process and releases the slot. Never rejects. */
  async #end(process: SessionProcess | undefined): Promise<void> {
    // The state changes first: a released slot may lead straight back to this session.
    await Promise.resolve();
    if (process !== undefined) await disposeQuietly(process.agent);
    this.#options.slots.release(this);
  }

  #become(state: State): void {
    const shown = this.state;
    this.#state = state;
    if (this.state !== shown) this.#options.report(this);
  }
}
