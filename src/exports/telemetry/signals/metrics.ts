import { ValueType } from "@opentelemetry/api";
import { AggregationTemporality, DataPointType } from "@opentelemetry/sdk-metrics";
import type { HistogramPoint, MetricReading, NumberPoint } from "../../../core/metrics/instruments.ts";
import { exponentialBuckets } from "./exponential.ts";
import { timeOf } from "./resource.ts";
import type { Metric, Resource, ResourceMetrics, Scope, Time } from "./payload.ts";

export const temporalities = ["cumulative", "delta"] as const;
export type Temporality = (typeof temporalities)[number];
export const histogramForms = ["explicit", "exponential"] as const;
export type HistogramForm = (typeof histogramForms)[number];

const aggregations = {
  cumulative: AggregationTemporality.CUMULATIVE,
  delta: AggregationTemporality.DELTA,
} as const;

export interface MetricDeps {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly temporality: Temporality;
  readonly histograms: HistogramForm;
  /** The time since which the instruments count, in milliseconds of the Unix epoch. */
  readonly since: number;
}

/** Metrics to send. */
export interface Collection {
  readonly metrics: ResourceMetrics;
  /** The number of their points. */
  readonly points: number;
  /** Makes this the base of the next differences. Called when the metrics have arrived. */
  commit(): void;
}

/** The values that were sent last. */
interface Base {
  readonly at: number;
  readonly numbers: ReadonlyMap<string, number>;
  readonly histograms: ReadonlyMap<string, HistogramPoint>;
}

/**
 * Makes metrics of what the instruments of the bridge read. For a receiver that wants differences, these are to what arrived
 * last: what could not be sent is in the next ones.
 */
export class MetricCollector {
  readonly #deps: MetricDeps;
  #base: Base;

  constructor(deps: MetricDeps) {
    this.#deps = deps;
    this.#base = { at: deps.since, numbers: new Map(), histograms: new Map() };
  }

  /** @param now milliseconds of the Unix epoch */
  collect(readings: readonly MetricReading[], now: number): Collection {
    const { resource, scope, temporality } = this.#deps;
    const isDelta = temporality === "delta";
    const interval = { from: timeOf(isDelta ? this.#base.at : this.#deps.since), to: timeOf(now) };
    const next = { at: now, numbers: new Map<string, number>(), histograms: new Map<string, HistogramPoint>() };
    const metrics = readings.map((reading) => {
      if (reading.kind === "histogram") return this.#histogram(reading, interval, next.histograms);
      return this.#sumOrGauge(reading, interval, next.numbers);
    });
    return {
      metrics: {
        resource,
        scopeMetrics: [{ scope, metrics: metrics.filter(({ dataPoints }) => dataPoints.length > 0) }],
      },
      points: metrics.reduce((total, { dataPoints }) => total + dataPoints.length, 0),
      commit: () => void (this.#base = next),
    };
  }

  #sumOrGauge(
    reading: MetricReading & { readonly points: readonly NumberPoint[] },
    { from, to }: Interval,
    next: Map<string, number>,
  ): Metric {
    const isSum = reading.kind === "counter";
    const finite = reading.points.filter(({ value }) => Number.isFinite(value));
    const points = finite.map(({ labels, value }) => {
      const key = keyOf(reading, labels);
      next.set(key, value);
      const base = isSum && this.#isDelta ? (this.#base.numbers.get(key) ?? 0) : 0;
      // A smaller value was reset in between.
      return {
        attributes: attributesOf(labels),
        startTime: from,
        endTime: to,
        value: value < base ? value : value - base,
      };
    });
    const valueType = points.every(({ value }) => Number.isInteger(value)) ? ValueType.INT : ValueType.DOUBLE;
    const common = { descriptor: { ...nameOf(reading), valueType }, dataPoints: points };
    if (!isSum)
      return { ...common, dataPointType: DataPointType.GAUGE, aggregationTemporality: aggregations.cumulative };
    return {
      ...common,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      aggregationTemporality: aggregations[this.#deps.temporality],
    };
  }

  #histogram(
    reading: Extract<MetricReading, { kind: "histogram" }>,
    { from, to }: Interval,
    next: Map<string, HistogramPoint>,
  ): Metric {
    const { bounds } = reading;
    const points = reading.points.map((point) => {
      const key = keyOf(reading, point.labels);
      next.set(key, point);
      const { counts, count, sum } = this.#isDelta ? difference(point, this.#base.histograms.get(key)) : point;
      return { attributes: attributesOf(point.labels), startTime: from, endTime: to, counts, count, sum };
    });
    const common = {
      descriptor: { ...nameOf(reading), valueType: ValueType.DOUBLE },
      aggregationTemporality: aggregations[this.#deps.temporality],
    };
    if (this.#deps.histograms === "exponential")
      return {
        ...common,
        dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
        dataPoints: points.map(({ counts, count, sum, ...rest }) => {
          const { scale, zeroCount, offset, bucketCounts } = exponentialBuckets(bounds, { counts, count });
          const negative = { offset: 0, bucketCounts: [] };
          return { ...rest, value: { count, sum, scale, zeroCount, positive: { offset, bucketCounts }, negative } };
        }),
      };
    return {
      ...common,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: points.map(({ counts, count, sum, ...rest }) => {
        const above = count - counts.reduce((total, each) => total + each, 0);
        const buckets = { boundaries: [...bounds], counts: [...counts, above] };
        return { ...rest, value: { count, sum, buckets } };
      }),
    };
  }

  get #isDelta(): boolean {
    return this.#deps.temporality === "delta";
  }
}

interface Interval {
  readonly from: Time;
  readonly to: Time;
}

/** Returns the gauge of a test. */
export function testMetrics(now: number, { resource, scope }: Pick<MetricDeps, "resource" | "scope">): ResourceMetrics {
  const at = timeOf(now);
  const metric: Metric = {
    descriptor: {
      name: "kiro_bridge.test",
      description: "A test of this destination.",
      unit: "",
      valueType: ValueType.INT,
    },
    aggregationTemporality: aggregations.cumulative,
    dataPointType: DataPointType.GAUGE,
    dataPoints: [{ attributes: { "kiro_bridge.test": true }, startTime: at, endTime: at, value: 1 }],
  };
  return { resource, scopeMetrics: [{ scope, metrics: [metric] }] };
}

const units: readonly (readonly [suffix: string, unit: string])[] = [
  ["_seconds", "s"],
  ["_bytes", "By"],
];

/**
 * Names an instrument as OpenTelemetry does, so that a receiver that names it for Prometheus again gets the name of
 * `GET /metrics`: `kiro_bridge_executions_total` is `kiro_bridge.executions`.
 */
export function nameOf({ name, help, kind }: Pick<MetricReading, "name" | "help" | "kind">): {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
} {
  const counted = kind === "counter" ? name.replace(/_total$/, "") : name;
  const [suffix, unit] = units.find(([end]) => counted.endsWith(end)) ?? ["", ""];
  const bare = counted.slice(0, counted.length - suffix.length);
  return { name: bare.replace(/^kiro_bridge_/, "kiro_bridge."), description: help, unit };
}

function keyOf({ name }: MetricReading, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, Object.entries(labels)]);
}

/** An empty label is the same as none. */
function attributesOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
}

function difference(point: HistogramPoint, base: HistogramPoint | undefined): HistogramPoint {
  if (base === undefined || point.count < base.count) return point;
  return {
    labels: point.labels,
    counts: point.counts.map((count, at) => count - (base.counts[at] ?? 0)),
    count: point.count - base.count,
    sum: point.sum - base.sum,
  };
}
