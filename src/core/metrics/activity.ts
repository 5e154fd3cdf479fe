import type { MetricsSnapshot } from "../../protocol/metrics.ts";
import { Latencies } from "./latencies.ts";

const SLICE_MS = 10_000;
const SLICES = 60;

interface Slice {
  /** Number of slices since 1970. */
  index: number;
  started: number;
  ended: number;
  failed: number;
  readonly latencies: Latencies;
}

/** Activity of the last ten minutes, in slices of ten seconds. Fixed size: 40 KiB. */
export class Activity {
  readonly #ring: Slice[] = Array.from({ length: SLICES }, () => ({
    index: 0,
    started: 0,
    ended: 0,
    failed: 0,
    latencies: new Latencies(),
  }));
  readonly #now: () => number;

  /** @param now epoch milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  started(): void {
    this.#present().started++;
  }

  ended(hasFailed: boolean, elapsedMs: number): void {
    const slice = this.#present();
    slice.ended++;
    if (hasFailed) slice.failed++;
    slice.latencies.record(elapsedMs);
  }

  /** Sums up the whole window. */
  summary(): { ended: number; failed: number; latencies: Latencies } {
    const latencies = new Latencies();
    let ended = 0;
    let failed = 0;
    for (const slice of this.#living()) {
      ended += slice.ended;
      failed += slice.failed;
      latencies.add(slice.latencies);
    }
    return { ended, failed, latencies };
  }

  series(): MetricsSnapshot["series"] {
    const last = Math.floor(this.#now() / SLICE_MS);
    const living = new Map(this.#living().map((slice) => [slice.index, slice]));
    const slices = Array.from({ length: SLICES }, (_, at) => {
      const index = last - SLICES + 1 + at;
      return pointOf(index, living.get(index));
    });
    return { sliceSeconds: SLICE_MS / 1000, slices };
  }

  #present(): Slice {
    const index = Math.floor(this.#now() / SLICE_MS);
    const slice = this.#ring[index % SLICES];
    if (slice === undefined) throw new RangeError("the clock is set before 1970");
    if (slice.index !== index) {
      Object.assign(slice, { index, started: 0, ended: 0, failed: 0 });
      slice.latencies.clear();
    }
    return slice;
  }

  #living(): Slice[] {
    const last = Math.floor(this.#now() / SLICE_MS);
    return this.#ring.filter(({ index }) => index > last - SLICES && index <= last);
  }
}

function pointOf(index: number, slice: Slice | undefined): MetricsSnapshot["series"]["slices"][number] {
  const { started = 0, ended = 0, failed = 0, latencies } = slice ?? {};
  const p50 = latencies?.quantile(0.5);
  const p95 = latencies?.quantile(0.95);
  return {
    at: index * SLICE_MS,
    started,
    ended,
    failed,
    ...(p50 !== undefined && { p50 }),
    ...(p95 !== undefined && { p95 }),
  };
}
