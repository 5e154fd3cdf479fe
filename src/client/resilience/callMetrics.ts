import type { Send } from "../http/send.ts";
import { systemTimes, type Times } from "../times.ts";

/** Numbers of the calls of one client; a call counts once, however often it was repeated. */
export interface ClientMetrics {
  readonly requestCount: number;
  /** Calls that failed. Aborted ones do not count. */
  readonly errorCount: number;
  /** Milliseconds, of the latest 100 calls that have ended; 0 before the first one. */
  readonly averageResponseTime: number;
  readonly lastRequestTime: Date | null;
  /** `errorCount` for each request, 0 to 1. */
  readonly errorRate: number;
}

const KEPT_RESPONSE_TIMES = 100;

/** Counts calls and measures how long they take. */
export class CallMetrics {
  readonly #times: Times;
  #requestCount = 0;
  #errorCount = 0;
  #lastRequestTime: number | undefined;
  #responseTimes: number[] = [];

  constructor(times: Times = systemTimes) {
    this.#times = times;
  }

  /** Returns a copy. */
  read(): ClientMetrics {
    const times = this.#responseTimes;
    return {
      requestCount: this.#requestCount,
      errorCount: this.#errorCount,
      averageResponseTime: times.length === 0 ? 0 : times.reduce((sum, time) => sum + time, 0) / times.length,
      lastRequestTime: this.#lastRequestTime === undefined ? null : new Date(this.#lastRequestTime),
      errorRate: this.#requestCount === 0 ? 0 : this.#errorCount / this.#requestCount,
    };
  }

  reset(): void {
    this.#requestCount = 0;
    this.#errorCount = 0;
    this.#lastRequestTime = undefined;
    this.#responseTimes = [];
  }

  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const startedAt = this.#times.clock.now();
    this.#requestCount++;
    this.#lastRequestTime = this.#times.wallNow();
    let isFailed = true;
    try {
      const result = await work();
      isFailed = false;
      return result;
    } finally {
      if (!isFailed || signal?.aborted !== true) this.#ended(this.#times.clock.now() - startedAt, isFailed);
    }
  }

  wrap(next: Send): Send {
    return (request) => this.run(() => next(request), request.signal);
  }

  #ended(ms: number, isFailed: boolean): void {
    if (isFailed) this.#errorCount++;
    this.#responseTimes.push(ms);
    if (this.#responseTimes.length > KEPT_RESPONSE_TIMES) this.#responseTimes.shift();
  }
}
