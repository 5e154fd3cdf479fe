import assert from "node:assert/strict";
import { PrometheusMeter } from "../../../src/core/metrics/prometheus.ts";
import { insightsItemsOf } from "../../../src/exports/telemetry/insights/envelopes.ts";
import { isEndOfRun } from "../../../src/exports/telemetry/signals/runFacts.ts";
import { logRecordOf } from "../../../src/exports/telemetry/signals/logRecords.ts";
import { MetricCollector } from "../../../src/exports/telemetry/signals/metrics.ts";
import type { Payload } from "../../../src/exports/telemetry/signals/payload.ts";
import { resourceOf, scopeOf } from "../../../src/exports/telemetry/signals/resource.ts";
import { spansOf } from "../../../src/exports/telemetry/signals/spans.ts";
import { endFactOf, FACT_TIME, runOf } from "../../support/exports/facts.ts";
import { OfficialInsights, type WireItem, wireItems } from "../../support/exports/heavy/officialInsights.ts";
import { peerPackages } from "../../support/exports/heavy/peerPackages.ts";

const I_KEY = "11111111-2222-3333-4444-555555555555";
const deps = {
  resource: resourceOf({ version: "0.0.0", windowId: "w1", attributes: {} }),
  scope: scopeOf("0.0.0"),
};
const content = { input: "p".repeat(20_000), output: "ä\u{1F600}".repeat(5000) };
const run = runOf("exec-1", {
  status: "failed",
  errorCode: "COMMAND_EXECUTION_FAILED",
  agent: "cli",
  target: "cli",
  sessionId: "s-1",
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  exitCode: -1,
  queuedAt: FACT_TIME - 90_061_001,
  startedAt: FACT_TIME - 3_600_000,
  steps: [
    { kind: "tool", id: "c1", name: "edit", startedAt: FACT_TIME - 90, endedAt: FACT_TIME - 60, status: "failed" },
    { kind: "model-step", id: "m1", name: "model-1", startedAt: FACT_TIME - 50, endedAt: FACT_TIME - 40, status: "ok" },
    { kind: "question", id: "q1", name: "text", startedAt: FACT_TIME - 50, endedAt: FACT_TIME - 40, status: "expired" },
  ],
});

/** What we send, as it is on the wire. */
function ours(payload: Payload): WireItem[] {
  return wireItems.parse(JSON.parse(JSON.stringify(insightsItemsOf(payload, I_KEY).map(({ envelope }) => envelope))));
}

/** Puts in place what the exporter does differently, after it was compared. */
function withBase(item: WireItem | undefined, changes: Readonly<Record<string, unknown>>, more: object = {}): unknown {
  assert.ok(item !== undefined);
  const tags = { ...item.tags, "ai.internal.sdkVersion": "" };
  const { properties } = item.data.baseData;
  assert.ok(typeof properties === "object");
  const baseData = { ...item.data.baseData, ...changes, properties: { ...properties, ...more } };
  return { ...item, tags, data: { ...item.data, baseData } };
}

/** The same items as those of Microsoft's own exporter. Each difference is named here, with its reason. */
describe("Items for Application Insights", () => {
  const official = new OfficialInsights(I_KEY);
  before(async function () {
    this.timeout(900_000);
    await peerPackages("insights");
  });

  it("are those of the official exporter for spans and their events", async () => {
    const spans = spansOf(run, FACT_TIME, content, deps);
    const mine = ours({ signal: "traces", items: spans, owners: spans.map(() => "a") });
    const [resource, ...theirs] = await official.traces(spans);
    // It sends the attributes of the resource once more, as a metric. Ours are all in the tags.
    assert.equal(resource?.data.baseType, "MetricData");
    assert.equal(mine.length, theirs.length);
    for (const [index, item] of mine.entries()) {
      const { baseType, baseData } = item.data;
      assert.equal(theirs[index]?.data.baseType, baseType);
      const changes = {
        // It has codes only of HTTP and gRPC, and none for what failed here.
        ...(baseType === "RequestData" && { responseCode: "" }),
        // The source of requests is unknown to both.
        ...(baseType === "RequestData" && { source: undefined }),
        // It knows types and targets only of HTTP, databases and gRPC; the map of applications names agents by ours.
        ...(baseType === "RemoteDependencyData" && { resultCode: "", type: "", target: "" }),
      };
      // It leaves out the type of an error, which it expects of HTTP.
      const errorType = spans.find((span) => span.spanContext().spanId === baseData["id"])?.attributes["error.type"];
      const more = errorType === undefined ? {} : { "error.type": errorType };
      assert.deepEqual(withBase(item, changes), withBase(theirs[index], changes, more), `${baseType} ${index}`);
    }
    assert.deepEqual(
      mine.map(({ data }) => data.baseData["duration"] ?? data.baseData["message"]),
      [
        "1.01:01:01.001",
        "command-started",
        "user-input-required",
        "input-expired",
        "01:00:00.000",
        "00:00:00.030",
        "00:00:00.010",
      ],
    );
    const codes = mine.map(({ data }) => data.baseData["responseCode"] ?? data.baseData["resultCode"]);
    assert.deepEqual(
      codes.filter((code) => code !== undefined),
      ["COMMAND_EXECUTION_FAILED", "COMMAND_EXECUTION_FAILED", "failed", "0"],
    );
  });

  it("are those of the official exporter for logs", async () => {
    for (const status of ["completed", "failed", "interrupted", "cancelled"] as const) {
      const fact = endFactOf("exec-1", 3, { status });
      assert.ok(isEndOfRun(fact));
      const record = logRecordOf(fact, { output: content.output, error: "It fails." }, deps);
      const [mine] = ours({ signal: "logs", items: [record], owners: ["a"] });
      const [theirs] = await official.logs([record]);
      const type = record.attributes["error.type"];
      // It leaves out the name of the event, and what is of an exception.
      const more = { "event.name": record.eventName, "exception.message": "It fails." };
      assert.deepEqual(
        withBase(mine, {}),
        withBase(theirs, {}, { ...more, ...(type !== undefined && { "error.type": type }) }),
      );
    }
  });

  it("are those of the official exporter for metrics", async () => {
    const meter = new PrometheusMeter();
    meter.counter("kiro_bridge_calls_total", "Calls.").add(4, { by: "a" });
    const took = meter.histogram("kiro_bridge_took_seconds", "How long.", [1, 2]);
    for (const value of [0.5, 1.5, 3]) took.record(value);
    meter.observe("gauge", "kiro_bridge_load", "Load.", () => 0.5);
    const collector = new MetricCollector({ ...deps, temporality: "delta", histograms: "explicit", since: FACT_TIME });
    const { metrics } = collector.collect(meter.read(), FACT_TIME + 60_000);
    const mine = ours({ signal: "metrics", items: metrics });
    const theirs = await official.metrics(metrics);
    assert.equal(mine.length, 3);
    // Ours have the time of the measurement, its own that of sending.
    const withoutTime = (items: readonly WireItem[]) => items.map((item) => withBase({ ...item, time: "" }, {}));
    assert.deepEqual(withoutTime(mine), withoutTime(theirs));
  });
});
