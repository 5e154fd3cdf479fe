import type { MetricsGroup } from "../../protocol/metrics.ts";
import { Latencies } from "./latencies.ts";

/** The name of the group for all other names. */
export const OTHER = "other";

interface Group {
  ended: number;
  failed: number;
  readonly latencies: Latencies;
}

/**
 * Maximum length of a name in characters. No command has a longer one, and clients could send arbitrarily long ones.
 */
const LONGEST_NAME = 200;

/**
 * Counts by name, up to a maximum number of names. Further names, and names that are too long, are counted together.
 */
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

  /** Lists the groups, the busiest first. */
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
