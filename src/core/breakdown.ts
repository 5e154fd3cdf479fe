import type { MetricsGroup } from "../protocol/metrics.ts";
import { Latencies } from "./latencies.ts";

/** The name under which the rest is gathered. */
export const OTHER = "other";

interface Group {
  ended: number;
  failed: number;
  readonly latencies: Latencies;
}

/** Counts by name, for so many names; later ones are counted together. */
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
    if (this.#groups.size >= this.#maxGroups && name !== OTHER) return this.#group(OTHER);
    const group = { ended: 0, failed: 0, latencies: new Latencies() };
    this.#groups.set(name, group);
    return group;
  }
}
