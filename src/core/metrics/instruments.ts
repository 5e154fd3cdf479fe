export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(value: number, labels?: Labels): void;
}

export interface Histogram {
  record(value: number, labels?: Labels): void;
}

/**
 * What the bridge counts with. The words are those of OpenTelemetry's `Meter`, so that an export by OTLP is another
 * implementation of this and changes nothing where things are counted (docs/decisions/metrics.md).
 */
export interface Meter {
  counter(name: string, help: string): Counter;
  /** @param bounds upper bounds of the buckets, ascending, in the unit that the name tells */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** A number that is known elsewhere, and asked for when the metrics are read. */
  observe(kind: "counter" | "gauge", name: string, help: string, read: () => number): void;
}
