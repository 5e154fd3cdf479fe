import timers from "node:timers/promises";

/** A CLI that talks on and on is not waited for longer than so many times the quiet time. */
const MAX_WAITS = 20;

/**
 * Nothing on the wire of ACP says to which turn a text belongs. A text that comes late would pass for the next answer
 * (docs/kiro-cli.md#m2), so the next prompt goes out only when the line has been quiet for a while. A late text restarts the
 * wait.
 */
export class QuietLine {
  readonly #quietMs: number;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** A turn has ended, or something of it came late. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** Resolves when it is quiet, or when the signal aborts; never rejects. The first turn does not wait at all. */
  async untilQuiet(signal: AbortSignal): Promise<void> {
    const latest = performance.now() + this.#quietMs * MAX_WAITS;
    for (;;) {
      const waitMs = Math.min(this.#heardAt + this.#quietMs, latest) - performance.now();
      if (waitMs <= 0 || signal.aborted) return;
      await timers.setTimeout(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
