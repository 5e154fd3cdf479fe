import PQueue from "p-queue";
import { onAbort } from "../../base/abort.ts";

export interface SlotOptions {
  /** Higher first; first come, first served among equals. */
  readonly priority?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs work in a limited number of slots. A slot is taken until its work has settled, also after an abort. */
export class Slots {
  readonly #queue: PQueue;

  constructor(count: number) {
    this.#queue = new PQueue({ concurrency: count });
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get running(): number {
    return this.#queue.pending;
  }

  /** Runs work in its turn. @throws what it throws, or the signal's reason when that aborts before its turn */
  async run<T>(work: () => Promise<T>, { priority = 0, signal }: SlotOptions): Promise<T> {
    // p-queue would free the slot of running work when the signal aborts (docs/decisions/client-resilience.md).
    const wait = new AbortController();
    const listening = signal === undefined ? undefined : onAbort(signal, (reason) => wait.abort(reason));
    const start = (): Promise<T> => {
      void listening?.dispose();
      return work();
    };
    try {
      return await this.#queue.add(start, { priority, signal: wait.signal });
    } finally {
      void listening?.dispose();
    }
  }
}
