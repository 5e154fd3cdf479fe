export interface CrashLimits {
  /** Delay before the first restart, which doubles with each further crash. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Crashes within the window after which a plugin is not restarted any more. */
  readonly maxCrashes: number;
  readonly windowMs: number;
}

const defaultCrashLimits: CrashLimits = {
  firstDelayMs: 1000,
  maxDelayMs: 60_000,
  maxCrashes: 5,
  windowMs: 10 * 60_000,
};

/** Decides after each crash of a plugin when it starts again, if at all. */
export class Crashes {
  readonly #limits: CrashLimits;
  /** By the monotonic clock, in milliseconds. */
  #times: number[] = [];

  constructor(limits: CrashLimits = defaultCrashLimits) {
    this.#limits = limits;
  }

  /** The number within the window. */
  get count(): number {
    return this.#times.length;
  }

  /** @returns the delay in milliseconds before the next start, or undefined if there is none */
  crashed(nowMs = performance.now()): number | undefined {
    const { firstDelayMs, maxDelayMs, maxCrashes, windowMs } = this.#limits;
    this.#times = [...this.#times.filter((time) => nowMs - time < windowMs), nowMs];
    if (this.#times.length >= maxCrashes) return undefined;
    return Math.min(firstDelayMs * 2 ** (this.#times.length - 1), maxDelayMs);
  }

  /** Starts again without a history, because the user says so. */
  forget(): void {
    this.#times = [];
  }
}
