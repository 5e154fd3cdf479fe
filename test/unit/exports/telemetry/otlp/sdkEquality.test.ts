import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { ROOT_CONTEXT, SeverityNumber, trace, TraceFlags, ValueType } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { DisposableStore } from "../../../../../src/base/disposables.ts";
import { PrometheusMeter } from "../../../../../src/core/metrics/prometheus.ts";
import { createOtlp, otlpSchema } from "../../../../../src/exports/telemetry/otlp.ts";
import { encodePayload, protocols } from "../../../../../src/exports/telemetry/otlp/wire.ts";
import { MetricCollector } from "../../../../../src/exports/telemetry/signals/metrics.ts";
import type {
  LogRecord,
  Payload,
  ResourceMetrics,
  Span,
} from "../../../../../src/exports/telemetry/signals/payload.ts";
import { resourceOf, scopeOf } from "../../../../../src/exports/telemetry/signals/resource.ts";
import { logRecordOf } from "../../../../../src/exports/telemetry/signals/logRecords.ts";
import { spansOf } from "../../../../../src/exports/telemetry/signals/spans.ts";
import { isEndOfRun } from "../../../../../src/exports/telemetry/signals/runFacts.ts";
import { destinationPorts } from "../../../../support/exports/destinationPorts.ts";
import { endFactOf, FACT_TIME, runOf } from "../../../../support/exports/facts.ts";
import { ScriptedServer } from "../../../../support/exports/scriptedServer.ts";

const scope = scopeOf("0.0.0");
const resource = resourceOf({ version: "0.0.0", windowId: "w1", attributes: {} });
const sdkResource = resourceFromAttributes(resource.attributes);
const run = runOf("exec-1", {
  agent: "kiro",
  sessionId: "s-1",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  exitCode: -1,
  steps: [
    { kind: "tool", id: "c1", name: "edit", startedAt: FACT_TIME - 90, endedAt: FACT_TIME - 60, status: "failed" },
    { kind: "question", id: "q1", name: "text", startedAt: FACT_TIME - 50, endedAt: FACT_TIME - 40, status: "expired" },
  ],
});

/** Records a span of ours again with the SDK of OpenTelemetry. */
function recordedBySdk(ours: Span, exporter: InMemorySpanExporter): void {
  const { traceId, spanId } = ours.spanContext();
  const provider = new TracerProvider({
    resource: sdkResource,
    idGenerator: { generateTraceId: () => traceId, generateSpanId: () => spanId },
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const { parentSpanContext: parent, kind, attributes, startTime } = ours;
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const tracer = provider.getTracer(scope.name, scope.version, { schemaUrl: scope.schemaUrl ?? "" });
  const span = tracer.startSpan(ours.name, { kind, attributes, startTime, root: parent === undefined }, context);
  for (const event of ours.events) span.addEvent(event.name, event.attributes, event.time);
  span.setStatus(ours.status);
  span.end(ours.endTime);
}

/** Returns each payload in each encoding, for comparing. */
const encoded = (payload: Payload): string[] =>
  protocols.map((protocol) => Buffer.from(encodePayload(payload, protocol)).toString("latin1"));

describe("The wire of OTLP", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  it("has the bytes of the SDK for the same spans", () => {
    const spans = spansOf(run, FACT_TIME, {}, { resource, scope });
    assert.equal(spans.length, 3);
    for (const ours of spans) {
      const exporter = new InMemorySpanExporter();
      recordedBySdk(ours, exporter);
      const theirs = exporter.getFinishedSpans();
      assert.equal(theirs.length, 1);
      assert.deepEqual(
        encoded({ signal: "traces", items: [ours], owners: [] }),
        encoded({ signal: "traces", items: theirs, owners: [] }),
      );
    }
  });

  it("has the bytes of the SDK for the same log record", () => {
    const fact = endFactOf("exec-1", 1, { traceparent: run.traceparent });
    assert.ok(isEndOfRun(fact));
    const ours = logRecordOf(fact, {}, { resource, scope });
    const exporter = new InMemoryLogRecordExporter();
    const provider = new LoggerProvider({
      resource: sdkResource,
      processors: [new SimpleLogRecordProcessor({ exporter })],
    });
    assert.ok(ours.spanContext !== undefined);
    provider.getLogger(scope.name, scope.version, { schemaUrl: scope.schemaUrl ?? "" }).emit({
      timestamp: ours.hrTime,
      observedTimestamp: ours.hrTimeObserved,
      context: trace.setSpanContext(ROOT_CONTEXT, { ...ours.spanContext, traceFlags: TraceFlags.SAMPLED }),
      severityNumber: SeverityNumber.INFO,
      severityText: "INFO",
      eventName: ours.eventName ?? "",
      body: ours.body ?? "",
      attributes: ours.attributes,
    });
    const theirs: LogRecord[] = exporter.getFinishedLogRecords();
    assert.equal(theirs.length, 1);
    assert.deepEqual(
      encoded({ signal: "logs", items: [ours], owners: [] }),
      encoded({ signal: "logs", items: theirs, owners: [] }),
    );
  });

  for (const [temporality, sdk] of [
    ["cumulative", AggregationTemporality.CUMULATIVE],
    ["delta", AggregationTemporality.DELTA],
  ] as const) {
    it(`has the bytes of the SDK for the same instruments, ${temporality}`, async () => {
      const exporter = new InMemoryMetricExporter(sdk);
      const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
      const provider = new MeterProvider({ resource: sdkResource, readers: [reader] });
      const meter = provider.getMeter(scope.name, scope.version, { schemaUrl: scope.schemaUrl ?? "" });
      const calls = meter.createCounter("kiro_bridge.calls", { description: "Calls.", valueType: ValueType.INT });
      meter
        .createObservableGauge("kiro_bridge.load", { description: "Load.", valueType: ValueType.DOUBLE })
        .addCallback((result) => result.observe(0.5));
      const took = meter.createHistogram("kiro_bridge.took", {
        description: "How long.",
        unit: "s",
        advice: { explicitBucketBoundaries: [1, 2] },
      });
      const own = new PrometheusMeter();
      const ownCalls = own.counter("kiro_bridge_calls_total", "Calls.");
      own.observe("gauge", "kiro_bridge_load", "Load.", () => 0.5);
      const ownTook = own.histogram("kiro_bridge_took_seconds", "How long.", [1, 2]);
      const collector = new MetricCollector({ resource, scope, temporality, histograms: "explicit", since: FACT_TIME });
      for (const round of [1, 2]) {
        for (const by of ["a", "b"]) {
          calls.add(round, { by });
          ownCalls.add(round, { by });
        }
        took.record(1.5, { by: "a" });
        ownTook.record(1.5, { by: "a" });
        await provider.forceFlush();
        const collection = collector.collect(own.read(), FACT_TIME + round);
        collection.commit();
        const theirs = exporter.getMetrics().at(-1);
        assert.ok(theirs !== undefined);
        assert.deepEqual(withoutTimes(collection.metrics), withoutTimes(theirs));
      }
      await provider.shutdown();
    });
  }

  it("is sent as the exporter of the SDK sends it", async () => {
    const server = store.add(await ScriptedServer.start());
    server.otherwise = { status: 200, headers: { "content-type": "application/x-protobuf" }, body: "" };
    const settings = { name: "mine", kind: "otlp", preset: "collector", endpoint: server.url, signals: ["traces"] };
    const destination = store.add(createOtlp(otlpSchema.parse(settings), destinationPorts(store)));
    const fact = endFactOf("exec-1", 1, { ...run });
    await destination.send([fact], new AbortController().signal);
    const exporter = new OTLPTraceExporter({ url: `${server.url}/v1/traces` });
    const spans = spansOf(run, fact.at, {}, { resource, scope });
    await new Promise((resolve) => exporter.export(spans, resolve));
    await exporter.shutdown();
    const [ours, theirs] = server.requests;
    assert.ok(ours !== undefined && theirs !== undefined);
    assert.deepEqual([ours.method, ours.url], [theirs.method, theirs.url]);
    assert.equal(ours.headers["content-type"], theirs.headers["content-type"]);
    assert.equal(ours.headers["content-encoding"], "gzip");
    assert.deepEqual(gunzipSync(ours.body), theirs.body);
  });
});

/** Returns metrics as bytes, with the same times, and without the extremes that only the SDK knows. */
function withoutTimes(metrics: ResourceMetrics): string[] {
  const time: [number, number] = [0, 0];
  const same = {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map(({ scope: of, metrics: list }) => ({
      scope: of,
      metrics: list.map((metric) =>
        Object.assign({}, metric, { dataPoints: metric.dataPoints.map((point) => untimed(point, time)) }),
      ),
    })),
  };
  return encoded({ signal: "metrics", items: same });
}

function untimed(point: { readonly value: unknown }, time: [number, number]): object {
  const { value } = point;
  const plain = typeof value === "object" ? { ...value, min: undefined, max: undefined } : value;
  return { ...point, startTime: time, endTime: time, value: plain };
}
