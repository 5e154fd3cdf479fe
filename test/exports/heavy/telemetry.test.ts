import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { PrometheusMeter } from "../../../src/core/metrics/prometheus.ts";
import type { PeriodicSend } from "../../../src/exports/delivery/destination.ts";
import { createOtlp, otlpSchema } from "../../../src/exports/telemetry/otlp.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findDebian } from "../../support/exports/heavy/findPrograms.ts";
import { VictoriaPeer } from "../../support/exports/heavy/victoriaPeer.ts";

const signal = new AbortController().signal;
const victoria = await findDebian("victoria-metrics", "victoria-metrics");

/** Metrics as a store of others keeps them. */
describePeer("Metrics by OTLP, in VictoriaMetrics", victoria, (program) => {
  let store: DisposableStore;
  let peer: VictoriaPeer;
  before(async () => {
    peer = await VictoriaPeer.start(program, ["-opentelemetry.usePrometheusNaming", "-search.latencyOffset=0s"]);
  });
  after(() => peer?.[Symbol.asyncDispose]());
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = (meter: PrometheusMeter, settings: object, windowId: string): PeriodicSend => {
    const element = otlpSchema.parse({
      name: "mine",
      kind: "otlp",
      preset: "collector",
      signals: ["metrics"],
      endpoints: { metrics: peer.metricsUrl.href },
      ...settings,
    });
    const { periodic } = store.add(
      createOtlp(element, destinationPorts(store, { windowId, metrics: () => meter.read() })),
    );
    assert.ok(periodic !== undefined);
    return periodic;
  };
  const meterWith = (count: number): PrometheusMeter => {
    const meter = new PrometheusMeter();
    meter.counter("kiro_bridge_executions_total", "Executions.").add(count, { target: "editor", status: "completed" });
    const took = meter.histogram("kiro_bridge_execution_duration_seconds", "Duration.", [0.1, 1, 10]);
    for (const value of [0.05, 0.5, 0.5, 20]) took.record(value, { target: "editor" });
    return meter;
  };

  it("have the names, labels and values of GET /metrics", async () => {
    const meter = meterWith(7);
    await open(meter, {}, "explicit").send(signal);
    const [total] = await peer.query('kiro_bridge_executions_total{service_instance_id="explicit"}');
    assert.equal(total?.value[1], "7");
    assert.equal(total.metric["target"], "editor");
    const [count] = await peer.query('kiro_bridge_execution_duration_seconds_count{service_instance_id="explicit"}');
    assert.equal(count?.value[1], "4");
    const [within] = await peer.query(
      'kiro_bridge_execution_duration_seconds_bucket{service_instance_id="explicit",le="1"}',
    );
    assert.equal(within?.value[1], "3");
    assert.match(meter.exposition(), /kiro_bridge_execution_duration_seconds_bucket\{target="editor",le="1"\} 3/);
  });

  it("are dropped as differences, although it answers 200: 'sent' is not 'stored'", async () => {
    const meter = meterWith(1);
    const periodic = open(meter, { temporality: "delta" }, "delta");
    meter.counter("kiro_bridge_more_total", "More.").add(1);
    meter.observe("gauge", "kiro_bridge_level", "Level.", () => 5);
    assert.deepEqual(await periodic.send(signal), { outcome: "sent" });
    await peer.query('kiro_bridge_level{service_instance_id="delta"}');
    const [series] = await peer.query('count({service_instance_id="delta"})');
    assert.equal(series?.value[1], "1");
  });

  it("are understood with exponential histograms", async () => {
    await open(meterWith(1), { histograms: "exponential" }, "exponential").send(signal);
    const [count] = await peer.query('kiro_bridge_execution_duration_seconds_count{service_instance_id="exponential"}');
    assert.equal(count?.value[1], "4");
    const [median] = await peer.query(
      'histogram_quantile(0.5, sum(kiro_bridge_execution_duration_seconds_bucket{service_instance_id="exponential"}) by (vmrange))',
    );
    const value = Number(median?.value[1]);
    assert.ok(value > 0.1 && value <= 1, String(value));
  });
});
