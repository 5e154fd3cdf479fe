import type { HistogramPoint } from "../../../core/metrics/instruments.ts";

/** Buckets of a histogram whose bounds are powers of a base: `2 ** (2 ** -scale)`. */
export interface ExponentialBuckets {
  readonly scale: number;
  readonly zeroCount: number;
  readonly offset: number;
  readonly bucketCounts: number[];
}

/** Buckets grow by 9 %. */
const SCALE = 3;
/** Buckets that receivers take without merging them. */
const MAX_BUCKETS = 160;

/**
 * Returns the same counts in exponential buckets. The values between two bounds are not known any more: they count at the
 * geometric middle of these, so a percentile is as exact as the bounds are close.
 * @param bounds ascending, positive
 */
export function exponentialBuckets(
  bounds: readonly number[],
  { counts, count }: Pick<HistogramPoint, "counts" | "count">,
): ExponentialBuckets {
  const above = count - counts.reduce((sum, each) => sum + each, 0);
  const values = [...counts, above]
    .map((each, at) => ({ each, value: middleOf(bounds, at) }))
    .filter(({ each }) => each > 0);
  const positive = values.filter(({ value }) => value > 0);
  const zeroCount = values.filter(({ value }) => value <= 0).reduce((sum, { each }) => sum + each, 0);
  if (positive.length === 0) return { scale: SCALE, zeroCount, offset: 0, bucketCounts: [] };
  let scale = SCALE;
  const span = (): [number, number] => {
    const indexes = positive.map(({ value }) => indexOf(value, scale));
    return [Math.min(...indexes), Math.max(...indexes)];
  };
  let [first, last] = span();
  while (last - first >= MAX_BUCKETS) {
    scale--;
    [first, last] = span();
  }
  const bucketCounts = Array.from({ length: last - first + 1 }, () => 0);
  for (const { each, value } of positive) {
    const at = indexOf(value, scale) - first;
    bucketCounts[at] = (bucketCounts[at] ?? 0) + each;
  }
  return { scale, zeroCount, offset: first, bucketCounts };
}

/** Returns the bucket of a value: its bounds are `(base ** index, base ** (index + 1)]`. */
function indexOf(value: number, scale: number): number {
  return Math.ceil(Math.log2(value) * 2 ** scale) - 1;
}

/** Returns a value of a bucket with explicit bounds. The first bucket begins at 0, and the last one has no end. */
function middleOf(bounds: readonly number[], at: number): number {
  const upper = bounds[at];
  const lower = bounds[at - 1];
  if (upper === undefined) return lower ?? 0;
  return lower === undefined || lower <= 0 ? upper / 2 : Math.sqrt(lower * upper);
}
