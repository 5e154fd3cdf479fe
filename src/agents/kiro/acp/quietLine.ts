import timers from "node:timers/promises";

/** Maximum delay, as a multiple of the quiet time, if the CLI keeps sending. */
const MAX_WAITS = 20;

/**
 * Delays the next prompt until the connection has been quiet for a while. ACP does not say to which turn an update
 * belongs, so a late one could become part of the next answer (docs/kiro-cli.md#m2). Late updates restart the wait.
 */
export class QuietLine {
  readonly #quietMs: number;
  #lastActivityAt = Number.NEGATIVE_INFINITY;

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** Restarts the quiet time, after the end of a turn and after each late update. */
  recordActivity(): void {
    this.#lastActivityAt = performance.now();
  }

  /** Resolves when the connection is quiet or the signal aborts. Never rejects. The first turn does not wait. */
  async untilQuiet(signal: AbortSignal): Promise<void> {
    const latest = performance.now() + this.#quietMs * MAX_WAITS;
    for (;;) {
      const waitMs = Math.min(this.#lastActivityAt + this.#quietMs, latest) - performance.now();
      if (waitMs <= 0 || signal.aborted) return;
      await timers.setTimeout(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
