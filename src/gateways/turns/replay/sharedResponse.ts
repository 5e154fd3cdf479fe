import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import type { AgentTurn } from "../answer/agentTurn.ts";
import type { Reply } from "../answer/reply.ts";
import { KIRO } from "../../../core/models/agentChoice.ts";
import type { TurnResponse } from "../turn.ts";

/**
 * Time in milliseconds for a client whose connection was cut to repeat its request, before the turn is cancelled. Clients
 * repeat a broken stream within two seconds.
 */
export const LEAVE_GRACE_MS = 2500;

export interface SharedResponseOptions {
  readonly reply: Reply;
  readonly turn: AgentTurn;
  /** See `TurnResponse`. */
  readonly session: string;
  /** Called if a protocol has a place for it. */
  readonly key: () => string;
  /** Called for the current names; see `TurnResponse`. */
  readonly ignored: () => readonly string[];
  readonly clock: Clock;
}

/** The response to a request and to its repetitions. */
export class SharedResponse implements Disposable {
  readonly #options: SharedResponseOptions;
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #readers = 0;
  #hasArrived = false;
  #isAbandoned = false;
  #grace: Disposable | undefined;

  constructor(options: SharedResponseOptions) {
    this.#options = options;
    void options.reply.segment.ended.then(() => this.#changed.fire());
  }

  get reply(): Reply {
    return this.#options.reply;
  }

  /** Number of clients that wait for it. */
  get readers(): number {
    return this.#readers;
  }

  /** True if a client has got all of it. */
  get hasArrived(): boolean {
    return this.#hasArrived;
  }

  /** True if its turn was cancelled because all clients had gone. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Returns the response for one more client. */
  open(): TurnResponse {
    const { reply, turn, session, key, ignored } = this.#options;
    this.#readers++;
    void this.#grace?.dispose();
    this.#grace = undefined;
    const accepted = this.#accepted();
    // Those who wait for it get the failure; none has to wait.
    accepted.catch(() => undefined);
    let isOpen = true;
    const close = (hasArrived: boolean): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#close(hasArrived);
    };
    return {
      id: reply.id,
      executionId: turn.executionId,
      agent: KIRO,
      estimated: ["usage"],
      session,
      createdAt: reply.createdAt,
      get key() {
        return key();
      },
      inputTokens: reply.inputTokens,
      accepted,
      get ignored() {
        return ignored();
      },
      pieces: (signal, isWhole) => reply.segment.pieces(signal, isWhole),
      arrived: () => close(true),
      leave: () => close(false),
    };
  }

  dispose(): void {
    void this.#grace?.dispose();
    this.#changed.dispose();
  }

  /**
   * A failure that is known from the beginning is an error, not a stream, unless the agent has begun: some clients repeat a
   * request after any error but the last event of a stream.
   */
  async #accepted(): Promise<void> {
    const { last } = this.reply.segment;
    if (last?.type === "failed" && !last.hasBegun) throw last.error;
    await this.#options.turn.accepted;
  }

  #close(hasArrived: boolean): void {
    this.#readers--;
    if (hasArrived) this.#hasArrived = true;
    if (this.#readers === 0 && this.reply.segment.last === undefined) this.#left();
    this.#changed.fire();
  }

  #left(): void {
    const { turn, clock } = this.#options;
    if (!turn.isReady) this.#abandon();
    else this.#grace = clock.after(LEAVE_GRACE_MS, () => this.#abandon());
  }

  #abandon(): void {
    if (this.reply.segment.last !== undefined) return;
    this.#isAbandoned = true;
    this.#options.turn.withdraw();
    this.#changed.fire();
  }
}
