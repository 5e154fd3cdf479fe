import { startDeadline } from "../base/deadline.ts";
import type { Disposable } from "../base/disposables.ts";
import { BridgeError, isBridgeError, messageOf } from "../protocol/errors.ts";
import type { SessionRecord, SessionState } from "../protocol/chat.ts";
import type { Agent, Transport, Turn, TurnEnd } from "./agent.ts";
import type { ProcessSlots, SlotHolder } from "./processSlots.ts";
import type { RestartGuard } from "./restartGuard.ts";
import { disposeQuietly, type StartAgent, type StartedAgent } from "./startAgent.ts";

/** How a prompt ended in good order. `dequeued`: it was cancelled before it went out. */
export interface SessionAnswer {
  readonly end: TurnEnd | { readonly kind: "cancelled"; readonly how: "dequeued" };
  readonly transport: Transport | undefined;
  /** The CLI knew nothing of earlier turns: the first turn of all, or the first after a crash or a kill. */
  readonly isNewConversation: boolean;
}

export interface SessionOptions {
  readonly id: string;
  readonly name: string;
  readonly workspacePath: string;
  readonly start: StartAgent;
  readonly slots: ProcessSlots;
  /** Counts starts that failed, of all sessions together: then the CLI itself is broken. */
  readonly startGuard: RestartGuard;
  /** Counts this session's turns that ended in a crash. */
  readonly turnGuard: RestartGuard;
  /** Without a prompt for so long the process is ended; the conversation goes on later if the CLI can. */
  readonly idleMs: number;
  readonly report: (session: Session) => void;
}

/**
 * One conversation with the CLI and at most one process for it. A process which has become dirty is replaced before the
 * next turn (docs/kiro-cli.md#m2); no prompt is ever sent twice (docs/kiro-cli.md#m19).
 */
export class Session implements SlotHolder {
  readonly id: string;
  readonly name: string;
  readonly workspacePath: string;
  readonly #options: SessionOptions;
  readonly #createdAt = Date.now();
  #lastUsedTime = Date.now();
  /** Of a clock that never stands still for a millisecond: it tells which of two sessions was used last. */
  #lastUsedAt = performance.now();
  #state: SessionState = "sleeping";
  #agent: Agent | undefined;
  #isOutdated: StartedAgent["isOutdated"];
  #resumeId: string | undefined;
  #isNewConversation = true;
  #ending: Promise<void> | undefined;
  #cancelTurn: AbortController | undefined;
  #turnEnded: Promise<void> = Promise.resolve();
  #idleTimer: Disposable | undefined;
  #turns = 0;
  #restarts = 0;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.name = options.name;
    this.workspacePath = options.workspacePath;
    this.#options = options;
  }

  get state(): SessionState {
    return this.#state;
  }

  get isIdle(): boolean {
    return this.#state === "idle" || this.#state === "sleeping";
  }

  get lastUsedAt(): number {
    return this.#lastUsedAt;
  }

  record(): SessionRecord {
    const { id, name, workspacePath } = this;
    return {
      id,
      name,
      workspacePath,
      state: this.#state,
      ...(this.#agent !== undefined && { transport: this.#agent.transport }),
      turns: this.#turns,
      restarts: this.#restarts,
      crashes: this.#options.turnGuard.crashes,
      createdAt: new Date(this.#createdAt).toISOString(),
      lastUsedAt: new Date(this.#lastUsedTime).toISOString(),
    };
  }

  /**
   * Runs one turn. Waits for a process if there are too many.
   * @throws BridgeError CONFLICT when a turn runs already; what `StartAgent` and `Agent.prompt` throw.
   */
  async run(prompt: string, turn: Turn, signal: AbortSignal): Promise<SessionAnswer> {
    if (this.#cancelTurn !== undefined) throw new BridgeError("CONFLICT", "This session is running a prompt.");
    if (this.#state === "closed") throw new BridgeError("NOT_FOUND", "This session was closed.");
    const own = new AbortController();
    const ended = Promise.withResolvers<void>();
    this.#cancelTurn = own;
    this.#turnEnded = ended.promise;
    void this.#idleTimer?.dispose();
    try {
      return await this.#run(prompt, turn, AbortSignal.any([signal, own.signal]));
    } finally {
      this.#cancelTurn = undefined;
      this.#lastUsedTime = Date.now();
      this.#lastUsedAt = performance.now();
      this.#rest();
      ended.resolve();
    }
  }

  /** Cancels the turn that runs, by the ladder. @returns false when none runs. */
  cancel(): boolean {
    this.#cancelTurn?.abort();
    return this.#cancelTurn !== undefined;
  }

  /** Ends the process and keeps the conversation's id. Does nothing in the middle of a turn. */
  async yieldSlot(): Promise<void> {
    if (!this.isIdle) return;
    this.#ending ??= this.#endAgent().finally(() => {
      this.#ending = undefined;
      if (this.#state === "idle") this.#become("sleeping");
    });
    await this.#ending;
  }

  /** Resolves when no turn runs. */
  retire(): Promise<void> {
    return this.#turnEnded;
  }

  /** Cancels the turn by the ladder, ends the process, and takes no more prompts. */
  async close(): Promise<void> {
    this.cancel();
    await this.#turnEnded;
    void this.#idleTimer?.dispose();
    this.#become("closed");
    this.#ending ??= this.#endAgent();
    await this.#ending;
  }

  /** Ends the process at once, in the middle of a turn too. */
  async dispose(): Promise<void> {
    this.cancel();
    if (this.#agent !== undefined) await disposeQuietly(this.#agent);
    await this.close();
  }

  async #run(prompt: string, turn: Turn, signal: AbortSignal): Promise<SessionAnswer> {
    this.#become("starting");
    let agent: Agent;
    try {
      agent = await this.#readyAgent(signal);
    } catch (error) {
      if (!isCancel(signal)) throw error;
      return { end: { kind: "cancelled", how: "dequeued" }, transport: undefined, isNewConversation: false };
    }
    this.#become("busy");
    const isNewConversation = this.#isNewConversation;
    this.#isNewConversation = false;
    const end = await this.#prompt(agent, prompt, turn, signal);
    // One-shot processes know nothing of each other.
    return { end, transport: agent.transport, isNewConversation: isNewConversation || agent.transport === "oneshot" };
  }

  async #prompt(agent: Agent, prompt: string, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
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

  async #readyAgent(signal: AbortSignal): Promise<Agent> {
    await this.#ending;
    if (this.#agent?.isUsable === true && this.#isOutdated?.() === true) await this.#endAgent();
    if (this.#agent?.isUsable === true) return this.#agent;
    if (this.#agent !== undefined) await this.#replace({ isConversationWhole: true });
    const { slots, turnGuard, startGuard } = this.#options;
    await turnGuard.permit(signal);
    await startGuard.permit(signal);
    await slots.take(this, signal);
    return await this.#start(signal);
  }

  async #start(signal: AbortSignal): Promise<Agent> {
    const { start, startGuard } = this.#options;
    const resume = this.#resumeId === undefined ? {} : { resumeId: this.#resumeId };
    try {
      const started = await start({ workspacePath: this.workspacePath, ...resume }, signal);
      startGuard.succeeded();
      this.#agent = started.agent;
      this.#isOutdated = started.isOutdated;
      this.#resumeId = started.resumeId;
      this.#isNewConversation = !started.isResumed;
      return started.agent;
    } catch (error) {
      if (!signal.aborted && isCrash(error)) startGuard.crashed(messageOf(error));
      throw error;
    }
  }

  /**
   * The old process goes before a new one comes. A conversation that broke off in mid-turn is not taken up again: nobody
   * knows in which state it is (docs/kiro-cli.md#m21, Kiro#6110). One whose process died while nobody spoke is whole.
   */
  async #replace({ isConversationWhole }: { readonly isConversationWhole: boolean }): Promise<void> {
    const dirty = this.#agent;
    this.#agent = undefined;
    if (!isConversationWhole) this.#resumeId = undefined;
    this.#restarts++;
    if (dirty !== undefined) await disposeQuietly(dirty);
  }

  /** After a turn: the place is given up when there is no usable process, or offered to those who wait. */
  #rest(): void {
    const { slots, idleMs } = this.#options;
    if (this.#state === "closed") return;
    if (this.#agent?.isUsable !== true) {
      this.#become("sleeping");
      this.#ending = this.#replaceAndRelease().finally(() => {
        this.#ending = undefined;
      });
      return;
    }
    this.#become("idle");
    this.#idleTimer = startDeadline(idleMs, () => void this.yieldSlot());
    slots.serve();
  }

  async #replaceAndRelease(): Promise<void> {
    if (this.#agent !== undefined) await this.#replace({ isConversationWhole: false });
    this.#options.slots.release(this);
  }

  async #endAgent(): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    if (agent !== undefined) await disposeQuietly(agent);
    this.#options.slots.release(this);
  }

  #become(state: SessionState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#options.report(this);
  }
}

/** A cancel has no reason, or one which is no error of ours; a deadline has one. */
function isCancel(signal: AbortSignal): boolean {
  return signal.aborted && !isBridgeError(signal.reason);
}

/** Whether the next try may go wrong in the same way. What people have to mend (no CLI, no login) is no crash, nor is a deadline. */
function isCrash(error: unknown): boolean {
  if (!isBridgeError(error)) return true;
  if (error.code === "COMMAND_EXECUTION_FAILED") return true;
  const reason = error.context?.["reason"];
  return error.code === "KIRO_UNAVAILABLE" && (reason === "not_running" || reason === "not_responding");
}
