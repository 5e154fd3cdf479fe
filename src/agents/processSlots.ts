import { BridgeError } from "../protocol/errors.ts";

/** Who holds a place. The place is its own until it calls `release`. */
export interface SlotHolder {
  /** Whether it could do without its process now. */
  readonly isIdle: boolean;
  /** Milliseconds of any clock that all holders share. */
  readonly lastUsedAt: number;
  /** Ends the process; the holder then releases its place. Never rejects. */
  yieldSlot(): Promise<void>;
}

interface Waiter {
  readonly holder: SlotHolder;
  readonly grant: () => void;
}

/** So many may wait for a process; more are refused at once, like a full lane. */
const MAX_WAITING = 100;

/**
 * Places for processes, `max` at most. Who asks when all are taken gets the place of the holder which has been idle the
 * longest; when all are busy it waits in line for the first that becomes idle.
 */
export class ProcessSlots {
  readonly #max: number;
  readonly #holders = new Set<SlotHolder>();
  readonly #leaving = new Set<SlotHolder>();
  #waiters: Waiter[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  get taken(): number {
    return this.#holders.size;
  }

  has(holder: SlotHolder): boolean {
    return this.#holders.has(holder);
  }

  /** Waits for a place. Rejects with the signal's reason; throws RATE_LIMIT_EXCEEDED when too many wait. */
  async take(holder: SlotHolder, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#holders.has(holder)) return;
    if (this.#waiters.length >= MAX_WAITING) throw tooManyWait(this.#max, this.#waiters.length);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { holder, grant: resolve };
    const leave = (): void => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#waiters.push(waiter);
    this.serve();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  release(holder: SlotHolder): void {
    this.#leaving.delete(holder);
    if (this.#holders.delete(holder)) this.serve();
  }

  /** Gives places to those who wait. Call it when a holder has become idle. */
  serve(): void {
    while (this.#holders.size < this.#max) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      this.#holders.add(waiter.holder);
      waiter.grant();
    }
    for (let short = this.#waiters.length - this.#leaving.size; short > 0; short--) {
      const idle = this.#longestIdle();
      if (idle === undefined) return;
      this.#leaving.add(idle);
      void idle.yieldSlot();
    }
  }

  #longestIdle(): SlotHolder | undefined {
    const idle = [...this.#holders].filter((holder) => holder.isIdle && !this.#leaving.has(holder));
    return idle.toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)[0];
  }
}

function tooManyWait(limit: number, queued: number): BridgeError {
  return new BridgeError(
    "RATE_LIMIT_EXCEEDED",
    `All ${limit} Kiro CLI processes are busy, and ${queued} prompts are waiting for one. Try again when some have ended.`,
    { limit, queued },
  );
}
