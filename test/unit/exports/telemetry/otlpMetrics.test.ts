import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { PrometheusMeter } from "../../../../src/core/metrics/prometheus.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { FACT_TIME } from "../../../support/exports/facts.ts";
import {
  failureOf,
  openOtlp,
  serveOtlp,
  taken,
  textOf,
  turnFactOf,
  unlimited,
} from "../../../support/exports/otlpDestination.ts";

describe("A destination of kind otlp, of metrics", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  it("sends the metrics of the window at intervals, and what a failure has left out the next time", async () => {
    const meter = new PrometheusMeter();
    const calls = meter.counter("kiro_bridge_calls_total", "Calls.");
    calls.add(5);
    const server = await serveOtlp(store, { status: 503, body: "" });
    const ports = destinationPorts(store, { metrics: () => meter.read(), now: () => FACT_TIME });
    const { periodic } = openOtlp(
      store,
      server,
      { signals: ["metrics"], temporality: "delta", metricsIntervalSeconds: 10 },
      ports,
    );
    assert.ok(periodic !== undefined);
    assert.equal(periodic.intervalMs, 10_000);
    calls.add(1);
    assert.equal((await failureOf(periodic.send(unlimited))).kind, "passing");
    calls.add(1);
    assert.deepEqual(await periodic.send(unlimited), { outcome: "sent" });
    await periodic.send(unlimited);
    assert.deepEqual(
      server.requests.map((request) => /"asInt":(\d+)/.exec(textOf(request))?.[1]),
      ["1", "2", "0"],
    );
    server.reply({ ...taken, body: '{"partialSuccess":{"rejectedDataPoints":1,"errorMessage":"delta"}}' });
    assert.match(
      (await failureOf(periodic.send(unlimited))).message,
      /metrics was taken, but 1 of its items were rejected/,
    );
  });

  it("counts the duration of each turn once, however often it is sent", async () => {
    const server = await serveOtlp(store, { status: 503, body: "" });
    const destination = openOtlp(store, server);
    const facts = [turnFactOf("exec-1"), turnFactOf("exec-2", 4, { status: "failed", errorCode: "INTERNAL_ERROR" })];
    await failureOf(destination.send(facts, unlimited));
    await destination.send(facts, unlimited);
    await destination.periodic?.send(unlimited);
    const metrics = textOf(server.at(-1));
    assert.match(metrics, /"name":"gen_ai\.client\.operation\.duration"[^}]*"unit":"s"/);
    assert.deepEqual(
      Array.from(metrics.matchAll(/"count":(\d+)/g), ([, count]) => count),
      ["1", "1"],
    );
    assert.match(metrics, /"error\.type","value":{"stringValue":"INTERNAL_ERROR"}/);
  });
});
