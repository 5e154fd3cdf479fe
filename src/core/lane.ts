import PQueue from "p-queue";
import { BridgeError } from "../protocol/errors.ts";

export interface LaneLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly maxQueued: number;
}

/** A line in which work waits its turn, first come, first served. */
export class Lane {
  readonly #queue: PQueue;
  readonly #limits: LaneLimits;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
    this.#queue = new PQueue({ concurrency: limits.concurrency });
  }

  get queued(): number {
    return this.#queue.size;
  }

  get running(): number {
    return this.#queue.pending;
  }

  get isIdle(): boolean {
    return this.queued + this.running === 0;
  }

  /** Whether work that came now would have to wait. */
  get isBusy(): boolean {
    return this.running >= this.#limits.concurrency;
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

  /**
   * Runs `work` when its turn has come. The place is free again when the work settles.
   * @param leave takes the work out of the line. It must not be aborted once the work runs: p-queue would free the
   * place while the work goes on.
   */
  enter<T>(work: () => Promise<T>, leave: AbortSignal): Promise<T> {
    return this.#queue.add(work, { signal: leave });
  }
}
