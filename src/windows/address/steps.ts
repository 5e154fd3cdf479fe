import { onAbort } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { afterWaiting } from "../link/patience.ts";
import type { Binding } from "./addressPorts.ts";

/** Thrown if a step takes too long. */
export class LateError extends Error {}

/** The asynchronous steps of a procedure: each has a deadline, and ends when the procedure is canceled. */
export class Steps {
  readonly clock: Clock;
  readonly signal: AbortSignal;

  constructor(clock: Clock, signal: AbortSignal) {
    this.clock = clock;
    this.signal = signal;
  }

  /**
   * Waits for `work`.
   * @param discard releases a result that comes too late for anyone to use
   * @throws LateError after `ms`, or the reason of the signal
   */
  async run<T>(what: string, ms: number, work: () => Promise<T>, discard?: (result: T) => void): Promise<T> {
    this.signal.throwIfAborted();
    const given = Promise.withResolvers<never>();
    let isLate = false;
    const giveUp = (error: unknown): void => {
      isLate = true;
      given.reject(error);
    };
    const deadline = afterWaiting(this.clock, ms, () => giveUp(new LateError(`${what} took longer than ${ms} ms`)));
    const canceled = onAbort(this.signal, giveUp);
    const settle = async (): Promise<T> => {
      const value = await work();
      if (isLate) discard?.(value);
      return value;
    };
    try {
      return await Promise.race([settle(), given.promise]);
    } finally {
      void deadline.dispose();
      void canceled.dispose();
    }
  }

  /** @throws the reason of the signal */
  async pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.clock.after(ms, resolve);
    try {
      await this.run("a pause", 2 * ms + 1000, () => promise);
    } finally {
      void timer.dispose();
    }
  }
}

/** Releases a binding in the background. */
export function discardBinding(binding: Binding | undefined): void {
  void binding?.release().catch(() => undefined);
}
