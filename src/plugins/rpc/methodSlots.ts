import { onAbort } from "../../base/abort.ts";
import { RpcError } from "./rpcError.ts";

export interface MethodSlotsOptions {
  /** Maximum number of calls that run at once. */
  readonly concurrency: number;
  /** Maximum number of calls that wait. */
  readonly maxQueued: number;
}

interface Waiting {
  readonly start: () => void;
}

/** Limits the calls of one method that run at once. Further calls wait in a bounded queue. */
export class MethodSlots {
  readonly #options: MethodSlotsOptions;
  readonly #waiting: Set<Waiting> = new Set();
  #running = 0;

  constructor(options: MethodSlotsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the call may run; it must call `release` then.
   * @throws RpcError RATE_LIMIT_EXCEEDED if the queue is full; the reason of the signal
   */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { concurrency, maxQueued } = this.#options;
    if (this.#running < concurrency) {
      this.#running++;
      return;
    }
    if (this.#waiting.size >= maxQueued) {
      const message = `Too many calls of this method are waiting: ${maxQueued}. Try again later.`;
      throw new RpcError("RATE_LIMIT_EXCEEDED", message, { limit: maxQueued, concurrency });
    }
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        start: () => {
          void listening.dispose();
          resolve();
        },
      };
      const listening = onAbort(signal, (reason) => {
        this.#waiting.delete(waiting);
        reject(reason);
      });
      this.#waiting.add(waiting);
    });
  }

  /** Passes the slot of a call on to the next one. */
  release(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running--;
    else {
      this.#waiting.delete(next);
      next.start();
    }
  }
}
