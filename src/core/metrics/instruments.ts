export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(value: number, labels?: Labels): void;
}

export interface Histogram {
  record(value: number, labels?: Labels): void;
}

/**
 * The instruments of the bridge, in the terms of OpenTelemetry's `Meter`, so that an OTLP exporter only needs another
 * implementation of this interface (docs/decisions/metrics.md).
 */
export interface Meter {
  counter(name: string, help: string): Counter;
  /** @param bounds ascending upper bounds of the buckets, in the unit given in the name */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** Registers an instrument whose value is read on each export. */
  observe(kind: "counter" | "gauge", name: string, help: string, read: () => number): void;
}
