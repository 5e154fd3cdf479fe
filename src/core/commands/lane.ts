import { BridgeError } from "../../protocol/errors.ts";
import { FairQueue } from "./fairQueue.ts";
import { type LimitedPrincipal, PrincipalLoads } from "./principalLoads.ts";
import type { LaneKey } from "./target.ts";

export interface LaneLimits {
  /** Maximum number of running tasks. */
  readonly concurrency: number;
  /** Maximum number of queued tasks of each principal. */
  readonly maxQueued: number;
}

/** A task in a lane. */
export interface Turn {
  readonly executionId: string;
  readonly principal: LimitedPrincipal;
  /** Starts the task. Must not throw; the slot is taken until `Lane.leave`. */
  begin(): void;
}

/**
 * A queue with limited concurrency, in which principals take turns (`FairQueue`). Passes over a principal that runs as much
 * as it may. A slot is only released when its task leaves; cancellation and timeouts are up to the task
 * (docs/decisions/own-lane.md).
 */
export class Lane {
  readonly #limits: LaneLimits;
  readonly #loads: PrincipalLoads;
  readonly #waiting = new FairQueue<Turn>();
  #running = 0;

  constructor(limits: LaneLimits, loads = new PrincipalLoads()) {
    this.#limits = limits;
    this.#loads = loads;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  get isIdle(): boolean {
    return this.#running + this.queued === 0;
  }

  /** True if no slot is free. */
  get isFull(): boolean {
    return this.#running >= this.#limits.concurrency;
  }

  /** The queued tasks, in the order in which they will start if none waits for the limit of its principal. */
  get waiting(): Iterable<Turn> {
    return this.#waiting;
  }

  /** Returns the number of tasks before a new one of the principal, or undefined if it would start at once. */
  positionOf(principal: LimitedPrincipal): number | undefined {
    return this.#wouldWait(principal) ? this.#waiting.positionOf(principal.id) : undefined;
  }

  /**
   * @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit, queued}` if the principal's part of the queue is full, or if too
   * many of its executions wait in all lanes (docs/wire-contract.md#3-errors)
   */
  assertRoom(principal: LimitedPrincipal): void {
    if (!this.#wouldWait(principal)) return;
    this.#loads.assertMayWait(principal);
    const queued = this.#waiting.sizeOf(principal.id);
    const { maxQueued: limit } = this.#limits;
    if (queued < limit) return;
    throw new BridgeError(
      "RATE_LIMIT_EXCEEDED",
      `The queue is full: ${queued} commands are waiting. Try again when some have ended.`,
      { limit, queued },
    );
  }

  /** Starts the task at once if a slot is free, else queues it. */
  enter(turn: Turn): void {
    const { principal } = turn;
    if (this.#wouldWait(principal)) {
      this.#waiting.add(principal.id, turn);
      this.#loads.queued(principal, this);
    } else this.#begin(turn);
  }

  /**
   * Removes a task, once, whether it is queued or running. The next task starts in a later microtask, so that a caller
   * can remove many without starting any of them.
   */
  leave(turn: Turn): void {
    if (this.#dequeue(turn)) return;
    this.#running--;
    this.#loads.ended(turn.principal);
    this.wake();
  }

  /** Starts the next task in a later microtask, if there is one that may run. */
  wake(): void {
    if (this.queued > 0) queueMicrotask(this.#beginNext);
  }

  /** A task waits for a slot, for tasks that came earlier, and for the limit of its principal. */
  #wouldWait(principal: LimitedPrincipal): boolean {
    return this.isFull || !this.#loads.hasRoom(principal) || (this.queued > 0 && this.#next() !== undefined);
  }

  #next(): Turn | undefined {
    return this.#waiting.next(({ principal }) => this.#loads.hasRoom(principal));
  }

  #begin(turn: Turn): void {
    this.#running++;
    this.#waiting.took(turn.principal.id);
    this.#loads.began(turn.principal);
    turn.begin();
  }

  #dequeue(turn: Turn): boolean {
    const { principal } = turn;
    if (!this.#waiting.delete(principal.id, turn)) return false;
    this.#loads.dequeued(principal, this, this.#waiting.sizeOf(principal.id) === 0);
    return true;
  }

  readonly #beginNext = (): void => {
    const next = this.isFull ? undefined : this.#next();
    if (next === undefined) return;
    this.#dequeue(next);
    this.#begin(next);
  };
}

/** The lanes of one target by name. Removes idle lanes whenever it creates another. */
export class LanePool {
  readonly #lanes = new Map<string, Lane>();
  readonly #maxQueued: number;
  readonly #loads: PrincipalLoads;

  /**
   * @param maxQueued maximum number of queued tasks of each principal in each lane
   * @param loads of all lanes of all targets
   */
  constructor(maxQueued: number, loads: PrincipalLoads) {
    this.#maxQueued = maxQueued;
    this.#loads = loads;
  }

  laneOf({ name, concurrency }: LaneKey): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    for (const [other, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(other);
    const lane = new Lane({ concurrency, maxQueued: this.#maxQueued }, this.#loads);
    this.#lanes.set(name, lane);
    return lane;
  }

  /** Iterates over the queued tasks with the number of tasks before each. */
  *positions(): Generator<[Turn, number]> {
    for (const { waiting } of this.#lanes.values()) {
      let before = 0;
      for (const turn of waiting) yield [turn, before++];
    }
  }
}
