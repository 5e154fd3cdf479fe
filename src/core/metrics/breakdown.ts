import type { MetricsGroup } from "../../protocol/metrics.ts";
import { Latencies } from "./latencies.ts";

/** The name under which the rest is gathered. */
export const OTHER = "other";

interface Group {
  ended: number;
  failed: number;
  readonly latencies: Latencies;
}

/** A longer name is that of no command: a caller could make it as large as a request. In characters. */
const LONGEST_NAME = 200;

/** Counts by name, for so many names; later ones, and names of any length, are counted together. */
export class Breakdown {
  readonly #maxGroups: number;
  readonly #groups = new Map<string, Group>();

  constructor(maxGroups: number) {
    this.#maxGroups = maxGroups;
  }

  ended(name: string, hasFailed: boolean, elapsedMs: number): void {
    const group = this.#group(name);
    group.ended++;
    if (hasFailed) group.failed++;
    group.latencies.record(elapsedMs);
  }

  /** The busiest first. */
  list(): MetricsGroup[] {
    return [...this.#groups]
      .map(([name, { ended, failed, latencies }]) => ({ name, ended, failed, ...latencies.percentiles() }))
      .toSorted((a, b) => b.ended - a.ended);
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const isFull = this.#groups.size >= this.#maxGroups;
    if ((isFull || name.length > LONGEST_NAME) && name !== OTHER) return this.#group(OTHER);
    const group = { ended: 0, failed: 0, latencies: new Latencies() };
    this.#groups.set(name, group);
    return group;
  }
}
