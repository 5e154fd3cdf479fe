import { owner, type Principal } from "../access/principal.ts";
import type { Counter, Histogram, InstrumentOptions, Labels, Meter } from "./instruments.ts";

/**
 * Maximum number of label sets per metric. Further ones are counted without labels, so that clients cannot grow a
 * metric.
 */
const MAX_SERIES = 200;

const noLabels: Labels = {};

interface Instrument extends InstrumentOptions {
  /** Formats its lines. */
  readonly format: () => string[];
}

/** A meter with output in the Prometheus text exposition format 0.0.4. */
export class PrometheusMeter implements Meter {
  readonly #instruments: Instrument[] = [];

  counter(name: string, help: string, options: InstrumentOptions = {}): Counter {
    const series = new SeriesMap(() => ({ value: 0 }));
    this.#add(options, () => [
      ...head(name, help, "counter"),
      ...series.map((labels, { value }) => line(name, labels, value)),
    ]);
    return { add: (value, labels) => void (series.get(labels).value += value) };
  }

  histogram(name: string, help: string, bounds: readonly number[], options: InstrumentOptions = {}): Histogram {
    const series = new SeriesMap(() => ({ counts: bounds.map(() => 0), count: 0, sum: 0 }));
    this.#add(options, () => [
      ...head(name, help, "histogram"),
      ...series.flatMap((labels, { counts, count, sum }) => [
        ...cumulated(counts).map((total, at) => line(`${name}_bucket`, { ...labels, le: String(bounds[at]) }, total)),
        line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
        line(`${name}_sum`, labels, sum),
        line(`${name}_count`, labels, count),
      ]),
    ]);
    return { record: (value, labels) => enter(series.get(labels), bounds, value) };
  }

  observe(
    kind: "counter" | "gauge",
    name: string,
    help: string,
    read: () => number,
    options: InstrumentOptions = {},
  ): void {
    this.#add(options, () => [...head(name, help, kind), line(name, {}, read())]);
  }

  /** Formats the metrics that the principal may see. */
  exposition({ scopes }: Pick<Principal, "scopes"> = owner): string {
    const visible = this.#instruments.filter(({ scope }) => scope === undefined || scopes.has(scope));
    return `${visible.flatMap(({ format }) => format()).join("\n")}\n`;
  }

  #add(options: InstrumentOptions, format: Instrument["format"]): void {
    this.#instruments.push({ ...options, format });
  }
}

/** The values of one instrument by label set. */
class SeriesMap<T> {
  readonly #create: () => T;
  readonly #series = new Map<string, { readonly labels: Labels; readonly value: T }>();
  /** Caches by object identity: frequent callers reuse the same label object, which then is serialized once. */
  readonly #byLabels = new WeakMap<Labels, T>();

  constructor(create: () => T) {
    this.#create = create;
  }

  get(labels: Labels = noLabels): T {
    const known = this.#byLabels.get(labels);
    if (known !== undefined) return known;
    const value = this.#find(labels);
    this.#byLabels.set(labels, value);
    return value;
  }

  #find(labels: Labels): T {
    let key = "";
    for (const name in labels) key += `${labels[name]}\0`;
    const known = this.#series.get(key);
    if (known !== undefined) return known.value;
    if (this.#series.size >= MAX_SERIES && key !== "") return this.get();
    const value = this.#create();
    this.#series.set(key, { labels, value });
    return value;
  }

  map(spell: (labels: Labels, value: T) => string): string[] {
    return [...this.#series.values()].map(({ labels, value }) => spell(labels, value));
  }

  flatMap(spell: (labels: Labels, value: T) => string[]): string[] {
    return [...this.#series.values()].flatMap(({ labels, value }) => spell(labels, value));
  }
}

/** Counts a value in its bucket. Values above the last bound only count in `count`. */
function enter(
  series: { counts: number[]; count: number; sum: number },
  bounds: readonly number[],
  value: number,
): void {
  series.count++;
  series.sum += value;
  const at = bounds.findIndex((bound) => value <= bound);
  if (at >= 0) series.counts[at] = (series.counts[at] ?? 0) + 1;
}

/** Returns cumulative buckets, as Prometheus expects. */
function cumulated(counts: readonly number[]): number[] {
  let total = 0;
  return counts.map((count) => (total += count));
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`, `# TYPE ${name} ${type}`];
}

function line(name: string, labels: Labels, value: number): string {
  const spelled = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${spelled.length === 0 ? "" : `{${spelled.join(",")}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
