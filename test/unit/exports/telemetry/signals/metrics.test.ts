import assert from "node:assert/strict";
import { DataPointType } from "@opentelemetry/sdk-metrics";
import { PrometheusMeter } from "../../../../../src/core/metrics/prometheus.ts";
import { exponentialBuckets } from "../../../../../src/exports/telemetry/signals/exponential.ts";
import { MetricCollector, nameOf, type Temporality } from "../../../../../src/exports/telemetry/signals/metrics.ts";
import type { Metric, ResourceMetrics } from "../../../../../src/exports/telemetry/signals/payload.ts";
import { resourceOf, scopeOf } from "../../../../../src/exports/telemetry/signals/resource.ts";
import { FACT_TIME } from "../../../../support/exports/facts.ts";

const collectorOf = (temporality: Temporality, histograms: "explicit" | "exponential" = "explicit"): MetricCollector =>
  new MetricCollector({
    resource: resourceOf({ version: "1", windowId: "w1", attributes: {} }),
    scope: scopeOf("1"),
    temporality,
    histograms,
    since: FACT_TIME,
  });
const metricsIn = ({ scopeMetrics }: ResourceMetrics): readonly Metric[] =>
  scopeMetrics.flatMap(({ metrics }) => metrics);
const valuesIn = (metrics: ResourceMetrics): unknown[] =>
  metricsIn(metrics).flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));

describe("The metrics of a window", () => {
  it("have names that a receiver turns back into those of GET /metrics", () => {
    const named = (kind: "counter" | "gauge" | "histogram", name: string): string => {
      const { name: own, unit } = nameOf({ kind, name, help: "" });
      return `${own} ${unit}`.trim();
    };
    assert.equal(named("counter", "kiro_bridge_executions_total"), "kiro_bridge.executions");
    assert.equal(named("gauge", "kiro_bridge_start_time_seconds"), "kiro_bridge.start_time s");
    assert.equal(named("histogram", "kiro_bridge_execution_duration_seconds"), "kiro_bridge.execution_duration s");
    assert.equal(named("counter", "kiro_bridge_sent_bytes_total"), "kiro_bridge.sent By");
  });

  it("are totals since the start, or differences to what has arrived", () => {
    for (const [temporality, expected, from] of [
      ["cumulative", [[2], [5], [6]], [0, 0, 0]],
      ["delta", [[2], [5], [1]], [0, 0, 20]],
    ] as const) {
      const meter = new PrometheusMeter();
      const counter = meter.counter("calls_total", "");
      const collector = collectorOf(temporality);
      const seen: unknown[] = [];
      const starts: unknown[] = [];
      const collect = (at: number, hasArrived: boolean): void => {
        const collection = collector.collect(meter.read(), FACT_TIME + at);
        const { metrics } = collection;
        seen.push(valuesIn(metrics));
        const [seconds = 0, nanos = 0] = metricsIn(metrics)[0]?.dataPoints[0]?.startTime ?? [];
        starts.push(seconds * 1000 + nanos / 1e6 - FACT_TIME);
        if (hasArrived) collection.commit();
      };
      counter.add(2);
      collect(10, false);
      counter.add(3);
      collect(20, true);
      counter.add(1);
      collect(30, true);
      assert.deepEqual(seen, expected);
      assert.deepEqual(starts, from);
    }
  });

  it("begin again when the instruments do", () => {
    const collector = collectorOf("delta");
    const reading = (value: number) =>
      [{ name: "calls_total", help: "", kind: "counter", points: [{ labels: {}, value }] }] as const;
    collector.collect(reading(10), FACT_TIME + 1).commit();
    assert.deepEqual(valuesIn(collector.collect(reading(4), FACT_TIME + 2).metrics), [4]);
  });

  it("leave out what is no number, labels without a value, and instruments without values", () => {
    const meter = new PrometheusMeter();
    meter.observe("gauge", "broken", "", () => Number.NaN);
    meter.counter("unused_total", "");
    meter.counter("calls_total", "").add(1, { by: "", of: "x" });
    const { metrics, points } = collectorOf("cumulative").collect(meter.read(), FACT_TIME);
    assert.equal(points, 1);
    assert.deepEqual(
      metricsIn(metrics).flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)),
      [{ of: "x" }],
    );
  });

  it("have whole numbers as whole numbers, and others as such", () => {
    const meter = new PrometheusMeter();
    meter.counter("whole_total", "").add(1);
    meter.counter("cost_total", "").add(0.25);
    const { metrics } = collectorOf("cumulative").collect(meter.read(), FACT_TIME);
    assert.deepEqual(
      metricsIn(metrics).map(({ descriptor }) => descriptor.valueType),
      [0, 1],
    );
  });

  it("have exponential histograms where the service wants them", () => {
    const meter = new PrometheusMeter();
    const histogram = meter.histogram("took_seconds", "", [1, 2, 4]);
    for (const value of [0.5, 1.5, 1.5, 3, 100]) histogram.record(value);
    const { metrics } = collectorOf("delta", "exponential").collect(meter.read(), FACT_TIME);
    const [metric] = metricsIn(metrics);
    assert.ok(metric?.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM);
    const [point] = metric.dataPoints;
    assert.equal(point?.value.count, 5);
    assert.equal(point.value.sum, 106.5);
    assert.equal(
      point.value.positive.bucketCounts.reduce((sum, count) => sum + count, 0),
      5,
    );
  });
});

describe("Exponential buckets", () => {
  const bounds = [0.001, 0.01, 0.1, 1, 10, 100];

  it("hold each value within the bounds of its explicit bucket", () => {
    for (const [at, upper] of bounds.entries()) {
      const counts = bounds.map((_, each) => (each === at ? 7 : 0));
      const { scale, offset, bucketCounts, zeroCount } = exponentialBuckets(bounds, { counts, count: 7 });
      assert.deepEqual([bucketCounts, zeroCount], [[7], 0]);
      const base = 2 ** (2 ** -scale);
      assert.ok(base ** offset >= (bounds[at - 1] ?? 0) && base ** (offset + 1) <= upper * base, String(upper));
    }
  });

  it("count values above the last bound, and are empty without values", () => {
    const none = bounds.map(() => 0);
    const above = exponentialBuckets(bounds, { counts: none, count: 3 });
    assert.deepEqual(above.bucketCounts, [3]);
    assert.deepEqual(exponentialBuckets(bounds, { counts: none, count: 0 }).bucketCounts, []);
  });

  it("become coarser where there would be too many", () => {
    const wide = [1e-9, 1e9];
    const { bucketCounts, scale } = exponentialBuckets(wide, { counts: [1, 0], count: 2 });
    assert.ok(bucketCounts.length <= 160);
    assert.ok(scale < 3);
    assert.equal(
      bucketCounts.reduce((sum, count) => sum + count, 0),
      2,
    );
  });
});
