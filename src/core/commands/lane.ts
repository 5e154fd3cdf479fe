import { BridgeError } from "../../protocol/errors.ts";
import type { LaneKey } from "./target.ts";

export interface LaneLimits {
  /** Maximum number of running tasks. */
  readonly concurrency: number;
  /** Maximum number of queued tasks. */
  readonly maxQueued: number;
}

/** A task in a lane. */
export interface Turn {
  /** Starts the task. Must not throw; the slot is taken until `Lane.leave`. */
  begin(): void;
}

/**
 * A FIFO queue with limited concurrency. A slot is only released when its task leaves; cancellation and timeouts are up
 * to the task (docs/decisions/own-lane.md).
 */
export class Lane {
  readonly #limits: LaneLimits;
  readonly #waiting = new Set<Turn>();
  #running = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  get isIdle(): boolean {
    return this.#running + this.queued === 0;
  }

  /** True if a new task would have to wait. */
  get isBusy(): boolean {
    return this.#isFull || this.queued > 0;
  }

  /**
   * @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit, queued}` if the queue is full
   * (docs/wire-contract.md#3-errors)
   */
  assertRoom(): void {
    if (!this.isBusy || this.queued < this.#limits.maxQueued) return;
    throw new BridgeError(
      "RATE_LIMIT_EXCEEDED",
      `The queue is full: ${this.queued} commands are waiting. Try again when some have ended.`,
      { limit: this.#limits.maxQueued, queued: this.queued },
    );
  }

  /** Starts the task at once if a slot is free, else queues it. */
  enter(turn: Turn): void {
    if (this.isBusy) this.#waiting.add(turn);
    else this.#begin(turn);
  }

  /**
   * Removes a task, once, whether it is queued or running. The next task starts in a later microtask, so that a caller
   * can remove many without starting any of them.
   */
  leave(turn: Turn): void {
    if (this.#waiting.delete(turn)) return;
    this.#running--;
    if (this.queued > 0) queueMicrotask(this.#beginNext);
  }

  get #isFull(): boolean {
    return this.#running >= this.#limits.concurrency;
  }

  #begin(turn: Turn): void {
    this.#running++;
    turn.begin();
  }

  readonly #beginNext = (): void => {
    const first = this.#waiting.values().next();
    if (first.done === true || this.#isFull) return;
    this.#waiting.delete(first.value);
    this.#begin(first.value);
  };
}

/** The lanes of one target by name. Removes idle lanes whenever it creates another. */
export class LanePool {
  readonly #lanes = new Map<string, Lane>();
  readonly #maxQueued: number;

  /** @param maxQueued maximum number of queued tasks in each lane */
  constructor(maxQueued: number) {
    this.#maxQueued = maxQueued;
  }

  laneOf({ name, concurrency }: LaneKey): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    for (const [other, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(other);
    const lane = new Lane({ concurrency, maxQueued: this.#maxQueued });
    this.#lanes.set(name, lane);
    return lane;
  }
}
