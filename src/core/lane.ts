import { BridgeError } from "../protocol/errors.ts";

export interface LaneLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly maxQueued: number;
}

/** A place in the line. */
export interface Place {
  /** Resolves when the work has ended, or has left the line before it began; rejects as the work does. */
  readonly done: Promise<void>;
  /** Leaves the line. Work that runs already goes on and keeps its place. */
  leave(): void;
}

/**
 * A line in which work waits its turn, first come, first served. A place is free again when its work settles, and not
 * before: a cancel or a deadline is the work's own affair (docs/decisions/own-lane.md).
 */
export class Lane {
  readonly #limits: LaneLimits;
  readonly #waiting = new Set<() => void>();
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
    return this.#running >= this.#limits.concurrency;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED with `{limit, queued}` when the line is full (wire contract §3). */
  assertRoom(): void {
    if (!this.isBusy || this.queued < this.#limits.maxQueued) return;
    throw new BridgeError(
      "RATE_LIMIT_EXCEEDED",
      `${this.queued} commands are waiting already, which is the limit: try again when some have ended.`,
      { limit: this.#limits.maxQueued, queued: this.queued },
    );
  }

  enter(work: () => Promise<void>): Place {
    if (!this.isBusy) return { done: this.#run(work), leave: () => undefined };
    const { promise, resolve } = Promise.withResolvers<void>();
    const begin = (): void => resolve(this.#run(work));
    this.#waiting.add(begin);
    return { done: promise, leave: () => this.#waiting.delete(begin) && resolve() };
  }

  async #run(work: () => Promise<void>): Promise<void> {
    this.#running++;
    try {
      await work();
    } finally {
      this.#running--;
      this.#beginNext();
    }
  }

  #beginNext(): void {
    const first = this.#waiting.values().next();
    if (first.done === true || this.isBusy) return;
    this.#waiting.delete(first.value);
    first.value();
  }
}
