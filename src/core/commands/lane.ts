import { BridgeError } from "../../protocol/errors.ts";
import type { LaneKey } from "./target.ts";

export interface LaneLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly maxQueued: number;
}

/** Work that takes its turn in a line. */
export interface Turn {
  /** Must not throw; the place is taken until `Lane.leave`. */
  begin(): void;
}

/**
 * A line in which work waits its turn, first come, first served. A place is free again when its work leaves, and not
 * before: a cancel or a deadline is the work's own affair (docs/decisions/own-lane.md).
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

  /** Whether work that came now would have to wait. */
  get isBusy(): boolean {
    return this.#isFull || this.queued > 0;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit, queued}` when the line is full (docs/wire-contract.md#3-errors). */
  assertRoom(): void {
    if (!this.isBusy || this.queued < this.#limits.maxQueued) return;
    throw new BridgeError(
      "RATE_LIMIT_EXCEEDED",
      `The queue is full: ${this.queued} commands are waiting. Try again when some have ended.`,
      { limit: this.#limits.maxQueued, queued: this.queued },
    );
  }

  /** Begins the work at once when there is a place, else when its turn has come. */
  enter(turn: Turn): void {
    if (this.isBusy) this.#waiting.add(turn);
    else this.#begin(turn);
  }

  /**
   * Gives the place of the work back, in the line or beyond it; once for each. The next begins a moment later: whoever ends
   * many in one go has ended them all before.
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

/** The lanes of one target by name. Forgets idle lanes whenever it makes another. */
export class LanePool {
  readonly #lanes = new Map<string, Lane>();
  readonly #maxQueued: number;

  /** @param maxQueued maximum number of tasks that wait in each lane */
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
