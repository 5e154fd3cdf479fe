import type { ScopeName } from "../../protocol/access.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(value: number, labels?: Labels): void;
}

export interface Histogram {
  record(value: number, labels?: Labels): void;
}

export interface InstrumentOptions {
  /** The scope that a reader needs in addition, for labels and values that reveal something of other principals. */
  readonly scope?: ScopeName;
}

/** The value of a counter or gauge for one set of labels. */
export interface NumberPoint {
  readonly labels: Labels;
  readonly value: number;
}

/** The values of a histogram for one set of labels. */
export interface HistogramPoint {
  readonly labels: Labels;
  /** The number of values in each bucket, without those above the last bound. */
  readonly counts: readonly number[];
  /** The number of all values. */
  readonly count: number;
  readonly sum: number;
}

/** An instrument with its present values, since the start of the bridge. */
export type MetricReading = { readonly name: string; readonly help: string } & (
  | { readonly kind: "counter" | "gauge"; readonly points: readonly NumberPoint[] }
  | { readonly kind: "histogram"; readonly bounds: readonly number[]; readonly points: readonly HistogramPoint[] }
);

/**
 * The instruments of the bridge, in the terms of OpenTelemetry's `Meter`, so that an OTLP exporter only needs another
 * implementation of this interface (docs/decisions/metrics.md).
 */
export interface Meter {
  counter(name: string, help: string, options?: InstrumentOptions): Counter;
  /** @param bounds ascending upper bounds of the buckets, in the unit given in the name */
  histogram(name: string, help: string, bounds: readonly number[], options?: InstrumentOptions): Histogram;
  /** Registers an instrument whose value is read on each export. */
  observe(kind: "counter" | "gauge", name: string, help: string, read: () => number, options?: InstrumentOptions): void;
}
