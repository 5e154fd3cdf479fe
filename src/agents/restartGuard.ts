import timers from "node:timers/promises";
import type { BridgeError } from "../protocol/errors.ts";
import { unavailable } from "../protocol/unavailable.ts";

export interface RestartLimits {
  /** Delay before the third start in a row, which doubles with each further one. The second start is not delayed. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Number of crashes in a row after which starts are rejected … */
  readonly maxCrashes: number;
  /** … for this long. Then one start is attempted. */
  readonly coolDownMs: number;
}

export const defaultRestartLimits: RestartLimits = {
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  maxCrashes: 5,
  coolDownMs: 60_000,
};

/**
 * Prevents endless restarts of a crashing program (docs/kiro-cli.md#m19) with exponential backoff and a circuit
 * breaker.
 */
export class RestartGuard {
  readonly #limits: RestartLimits;
  #crashes = 0;
  #lastCrashAt = 0;
  #lastReason = "";

  constructor(limits: RestartLimits = defaultRestartLimits) {
    this.#limits = limits;
  }

  /** Number of crashes since the last successful turn. */
  get crashes(): number {
    return this.#crashes;
  }

  get isStopped(): boolean {
    return this.#crashes >= this.#limits.maxCrashes && this.#sinceCrashMs() < this.#limits.coolDownMs;
  }

  succeeded(): void {
    this.#crashes = 0;
  }

  crashed(reason: string): void {
    this.#crashes++;
    this.#lastCrashAt = performance.now();
    this.#lastReason = reason;
  }

  /**
   * Waits until a start is allowed.
   * @throws BridgeError KIRO_UNAVAILABLE with reason not_running after too many crashes; the signal's reason
   */
  async permit(signal: AbortSignal): Promise<void> {
    if (this.isStopped) throw this.#stopped();
    const pauseMs = Math.ceil(this.#delayMs() - this.#sinceCrashMs());
    if (pauseMs > 0) await timers.setTimeout(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    signal.throwIfAborted();
  }

  #delayMs(): number {
    if (this.#crashes < 2 || this.#crashes >= this.#limits.maxCrashes) return 0;
    return Math.min(this.#limits.firstDelayMs * 2 ** (this.#crashes - 2), this.#limits.maxDelayMs);
  }

  #sinceCrashMs(): number {
    return performance.now() - this.#lastCrashAt;
  }

  #stopped(): BridgeError {
    const waitS = Math.ceil((this.#limits.coolDownMs - this.#sinceCrashMs()) / 1000);
    return unavailable(
      "cli-restarting",
      `Kiro CLI crashed ${this.#crashes} times in a row and will not be restarted for ${waitS} s. Run 'Kiro Bridge: Diagnose Kiro CLI', or start a new session. Last crash: ${this.#lastReason}`,
      { crashes: this.#crashes },
    );
  }
}
