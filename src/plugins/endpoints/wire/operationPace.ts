import type { Principal } from "../../../core/access/principal.ts";

/** Operations of one principal per second, and how many may come at once. A large one counts more. */
const PER_SECOND = 10_000;
const BURST = 10_000;
/** The size in bytes that counts as one operation. */
const BYTES = 4096;
/** Maximum number of principals that are counted. */
const MAX_PRINCIPALS = 1000;

interface Bucket {
  tokens: number;
  /** By the monotonic clock, in milliseconds. */
  at: number;
}

/** Limits the operations on the bus of each principal, over all of its connections. */
export class OperationPace {
  /** By principal, least recently used first. */
  readonly #buckets = new Map<string, Bucket>();

  /** Counts an operation. @returns the time in milliseconds for which the principal should send no more */
  take({ id }: Principal, bytes: number, now = performance.now()): number {
    const bucket = this.#buckets.get(id) ?? { tokens: BURST, at: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) * PER_SECOND) / 1000) - 1 - bytes / BYTES;
    bucket.at = now;
    this.#buckets.delete(id);
    this.#buckets.set(id, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_PRINCIPALS && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.tokens >= 0 ? 0 : (-bucket.tokens * 1000) / PER_SECOND;
  }
}
