import { owner, type Principal } from "../access/principal.ts";
import type {
  Counter,
  Histogram,
  HistogramPoint,
  InstrumentOptions,
  Labels,
  Meter,
  MetricReading,
} from "./instruments.ts";

/**
 * Maximum number of label sets per metric. Further ones are counted without labels, so that clients cannot grow a
 * metric.
 */
const MAX_SERIES = 200;

const noLabels: Labels = {};

interface Instrument extends InstrumentOptions {
  readonly read: () => MetricReading;
}

/** A meter with output in the Prometheus text exposition format 0.0.4. */
export class PrometheusMeter implements Meter {
  readonly #instruments: Instrument[] = [];

  counter(name: string, help: string, options: InstrumentOptions = {}): Counter {
    const series = new SeriesMap(() => ({ value: 0 }));
    this.#add(options, () => ({ name, help, kind: "counter", points: series.points() }));
    return { add: (value, labels) => void (series.get(labels).value += value) };
  }

  histogram(name: string, help: string, bounds: readonly number[], options: InstrumentOptions = {}): Histogram {
    const series = new SeriesMap(() => ({ counts: bounds.map(() => 0), count: 0, sum: 0 }));
    this.#add(options, () => {
      const points = series.points().map((point) => ({ ...point, counts: [...point.counts] }));
      return { name, help, kind: "histogram", bounds, points };
    });
    return { record: (value, labels) => enter(series.get(labels), bounds, value) };
  }

  observe(
    kind: "counter" | "gauge",
    name: string,
    help: string,
    read: () => number,
    options: InstrumentOptions = {},
  ): void {
    this.#add(options, () => ({ name, help, kind, points: [{ labels: noLabels, value: read() }] }));
  }

  /** Reads the metrics that the principal may see. */
  read({ scopes }: Pick<Principal, "scopes"> = owner): MetricReading[] {
    const visible = this.#instruments.filter(({ scope }) => scope === undefined || scopes.has(scope));
    return visible.map(({ read }) => read());
  }

  /** Formats the metrics that the principal may see. */
  exposition(reader?: Pick<Principal, "scopes">): string {
    return `${this.read(reader).flatMap(linesOf).join("\n")}\n`;
  }

  #add(options: InstrumentOptions, read: Instrument["read"]): void {
    this.#instruments.push({ ...options, read });
  }
}

/** The values of one instrument by label set. */
class SeriesMap<T extends object> {
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

  points(): (T & { readonly labels: Labels })[] {
    return Array.from(this.#series.values(), ({ labels, value }) => ({ ...value, labels }));
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

function linesOf(reading: MetricReading): string[] {
  const { name, help, kind } = reading;
  return [
    `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${name} ${kind}`,
    ...(reading.kind === "histogram"
      ? reading.points.flatMap((point) => histogramLines(name, reading.bounds, point))
      : reading.points.map(({ labels, value }) => line(name, labels, value))),
  ];
}

/** Formats cumulative buckets, as Prometheus expects. */
function histogramLines(
  name: string,
  bounds: readonly number[],
  { labels, counts, count, sum }: HistogramPoint,
): string[] {
  let total = 0;
  return [
    ...counts.map((each, at) => line(`${name}_bucket`, { ...labels, le: String(bounds[at]) }, (total += each))),
    line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ];
}

function line(name: string, labels: Labels, value: number): string {
  const spelled = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${spelled.length === 0 ? "" : `{${spelled.join(",")}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
