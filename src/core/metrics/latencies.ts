/** Growth of the buckets by 10 %, which makes a percentile accurate to 5 %. */
const GROWTH = Math.log(1.1);
/** Covers half an hour. Longer durations fall into the last bucket. */
const BUCKETS = 152;

/** A histogram of durations in milliseconds, of fixed size, from which percentiles are estimated. */
export class Latencies {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(ms: number): void {
    const bucket = ms < 1 ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log(ms) / GROWTH));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
  }

  add(other: Latencies): void {
    for (const [at, count] of other.#counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#count += other.#count;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
  }

  /** @param q from 0 to 1 @returns undefined without any durations */
  quantile(q: number): number | undefined {
    const wanted = Math.ceil(q * this.#count);
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (count > 0 && seen >= wanted) return bucket === 0 ? 0 : Math.round(Math.exp((bucket - 0.5) * GROWTH));
    }
    return undefined;
  }

  percentiles(): { p50?: number; p95?: number; p99?: number } {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => this.quantile(q));
    return p50 === undefined || p95 === undefined || p99 === undefined ? {} : { p50, p95, p99 };
  }
}
