/** Receives the end of each call of a plugin. */
export interface CallRecorder {
  /** @param isFailure true if the plugin did not answer, or answered with an error of its own */
  ended(plugin: string, elapsedMs: number, isFailure: boolean): void;
}

/** The recent calls of one plugin. */
export interface CallRecord {
  readonly latencyMs: number;
  /** From 0 to 1. */
  readonly errorRate: number;
  readonly calls: number;
  readonly failures: number;
}

/** Weight of the newest call. About the last 20 calls count. */
const SHARE = 0.1;
/** Maximum number of plugins; the one that was called longest ago is evicted. */
const MAX_PLUGINS = 500;

/** Latency and error rate of each plugin, as moving averages over its recent calls. */
export class CallRecords implements CallRecorder {
  readonly #records = new Map<string, CallRecord>();
  readonly #metrics: CallRecorder | undefined;

  /** @param metrics counts each call as well */
  constructor(metrics?: CallRecorder) {
    this.#metrics = metrics;
  }

  get(plugin: string): CallRecord | undefined {
    return this.#records.get(plugin);
  }

  ended(plugin: string, elapsedMs: number, isFailure: boolean): void {
    this.#metrics?.ended(plugin, elapsedMs, isFailure);
    const failed = isFailure ? 1 : 0;
    const before = this.#records.get(plugin) ?? { latencyMs: elapsedMs, errorRate: failed, calls: 0, failures: 0 };
    this.#records.delete(plugin);
    this.#records.set(plugin, {
      latencyMs: before.latencyMs + (elapsedMs - before.latencyMs) * SHARE,
      errorRate: before.errorRate + (failed - before.errorRate) * SHARE,
      calls: before.calls + 1,
      failures: before.failures + failed,
    });
    const [oldest] = this.#records.keys();
    if (this.#records.size > MAX_PLUGINS && oldest !== undefined) this.#records.delete(oldest);
  }
}
