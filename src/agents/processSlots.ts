import { onAbort } from "../base/abort.ts";
import { FairQueue } from "../core/commands/fairQueue.ts";
import { BridgeError } from "../protocol/errors.ts";

/** The owner of a slot, until it calls `release`. */
export interface SlotHolder {
  /** The principal that it belongs to; undefined if it is shared. */
  readonly ownerId: string | undefined;
  /** True if it can give up its process now. */
  readonly isIdle: boolean;
  /** In milliseconds, by any clock shared by all holders. */
  readonly lastUsedAt: number;
  /** Ends the process and releases the slot. Never rejects. */
  yieldSlot(): Promise<void>;
}

interface Waiter {
  readonly holder: SlotHolder;
  readonly grant: () => void;
}

/** The key of all shared holders in the queue. */
const SHARED = "";
/** Maximum number of waiting callers of each principal; more are rejected. */
const MAX_WAITING = 100;

/**
 * A limited number of process slots. If all are taken, the holder that has been idle the longest yields its slot; if
 * all are busy, the caller waits in a queue, in which principals take turns.
 */
export class ProcessSlots {
  readonly #max: number;
  readonly #agent: string;
  readonly #holders = new Set<SlotHolder>();
  readonly #leaving = new Set<SlotHolder>();
  readonly #waiters = new FairQueue<Waiter>();

  /** @param agent the name of the agent, for people */
  constructor(max: number, agent: string) {
    this.#max = max;
    this.#agent = agent;
  }

  get taken(): number {
    return this.#holders.size;
  }

  has(holder: SlotHolder): boolean {
    return this.#holders.has(holder);
  }

  /** Waits for a slot. @throws the signal's reason; BridgeError RATE_LIMIT_EXCEEDED if too many callers wait */
  async take(holder: SlotHolder, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#holders.has(holder)) return;
    const { ownerId = SHARED } = holder;
    const waiting = this.#waiters.sizeOf(ownerId);
    if (waiting >= MAX_WAITING) throw this.#tooManyWait(waiting);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { holder, grant: resolve };
    const leaving = onAbort(signal, (reason) => {
      this.#waiters.delete(ownerId, waiter);
      reject(reason);
    });
    this.#waiters.add(ownerId, waiter);
    this.serve();
    try {
      await promise;
    } finally {
      void leaving.dispose();
    }
  }

  release(holder: SlotHolder): void {
    this.#leaving.delete(holder);
    if (this.#holders.delete(holder)) this.serve();
  }

  /** Assigns slots to waiting callers. Call it when a holder has become idle. */
  serve(): void {
    while (this.#holders.size < this.#max) {
      const waiter = this.#waiters.next();
      if (waiter === undefined) return;
      const { ownerId = SHARED } = waiter.holder;
      this.#waiters.delete(ownerId, waiter);
      this.#waiters.took(ownerId);
      this.#holders.add(waiter.holder);
      waiter.grant();
    }
    for (let short = this.#waiters.size - this.#leaving.size; short > 0; short--) {
      const idle = this.#longestIdle();
      if (idle === undefined) return;
      this.#leaving.add(idle);
      void idle.yieldSlot();
    }
  }

  #tooManyWait(queued: number): BridgeError {
    const limit = this.#max;
    return new BridgeError(
      "RATE_LIMIT_EXCEEDED",
      `All ${limit} sessions of ${this.#agent} are busy, and ${queued} prompts are waiting for one. Try again when some have ended.`,
      { limit, queued },
    );
  }

  #longestIdle(): SlotHolder | undefined {
    const idle = [...this.#holders].filter((holder) => holder.isIdle && !this.#leaving.has(holder));
    return idle.toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)[0];
  }
}
