import { compareTexts } from "./hybridClock.ts";
import type { CounterEntry } from "./stateDocument.ts";
import { bytesOf } from "./stateLimits.ts";

type Share = readonly [write: number, amount: number];

/** Bytes of the numbers of a share as JSON, at most. */
const SHARE_BYTES = 48;

/** Counters up and down: the sum of the shares of all replicas. */
export class Counters {
  readonly #shares = new Map<string, Map<string, Share>>();
  #bytes = 0;

  get size(): number {
    return this.#shares.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  keys(): IterableIterator<string> {
    return this.#shares.keys();
  }

  has(key: string): boolean {
    return this.#shares.has(key);
  }

  /** Returns the value, which is 0 for an unknown key. Adds the shares in one order: sums of fractions depend on it. */
  get(key: string): number {
    const shares = [...(this.#shares.get(key) ?? [])].toSorted(([a], [b]) => compareTexts(a, b));
    return shares.reduce((sum, [, [, amount]]) => sum + amount, 0);
  }

  shareOf(key: string, replica: string): Share | undefined {
    return this.#shares.get(key)?.get(replica);
  }

  growthBy(key: string, replica: string): number {
    const keyBytes = this.has(key) ? 0 : bytesOf(JSON.stringify(key)) + 3;
    return keyBytes + (this.shareOf(key, replica) === undefined ? bytesOf(replica) + SHARE_BYTES : 0);
  }

  /** Takes the newer shares. Returns true if the value has changed. */
  merge(key: string, entry: CounterEntry): boolean {
    const before = this.get(key);
    const isNew = !this.has(key);
    for (const [replica, share] of Object.entries(entry)) {
      const held = this.shareOf(key, replica);
      if (held !== undefined && !isNewer(share, held)) continue;
      this.#bytes += this.growthBy(key, replica);
      const shares = this.#shares.get(key) ?? new Map<string, Share>();
      this.#shares.set(key, shares.set(replica, share));
    }
    return isNew || !Object.is(this.get(key), before);
  }

  toJSON(): Record<string, CounterEntry> {
    return Object.fromEntries([...this.#shares].map(([key, shares]) => [key, Object.fromEntries(shares)]));
  }
}

function isNewer([write, amount]: Share, [otherWrite, otherAmount]: Share): boolean {
  return write > otherWrite || (write === otherWrite && amount > otherAmount);
}
