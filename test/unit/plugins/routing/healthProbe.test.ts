import assert from "node:assert/strict";
import { HealthProbe, type KnownHealth } from "../../../../src/plugins/routing/healthProbe.ts";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { type BusUnderTest, openBus } from "../../../support/plugins/busUnderTest.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

describe("The health of plugins", () => {
  let clock: TestClock;
  let bus: BusUnderTest;
  let known: Map<string, KnownHealth>;
  let probe: HealthProbe;

  beforeEach(() => {
    clock = TestClock.stopped();
    bus = openBus();
    known = new Map();
    probe = new HealthProbe({
      bus: bus.join("kiro-bridge"),
      known: (name) => known.get(name) ?? { isConnected: true },
    });
  });

  afterEach(async () => {
    clock.release();
    await bus.dispose();
  });

  /** Adds a plugin that answers on its topic of health, and counts the questions. */
  function answering(name: string, reply: unknown): () => number {
    let questions = 0;
    const plugin = bus.join(name);
    plugin.subscribe(`plugin/${name}/health`, async ({ message: { correlationId = "" } }) => {
      questions++;
      await plugin.respond(correlationId, reply);
    });
    return () => questions;
  }

  it("is what the plugin says, where that is worse than what was measured", async () => {
    answering("a", { status: "degraded", latency: 25, errorRate: 0.01 });
    known.set("a", { isConnected: true, errorRate: 0.5 });
    const health = (await probe.measure(["a"])).get("a");
    assert.deepEqual(health, { status: "degraded", latencyMs: 25, errorRate: 0.5, source: "it says" });
  });

  it("is asked for by the method health_check if the plugin does not listen to the topic", async () => {
    new RpcServer(bus.join("a"), "plugin://a/rpc").register("health_check", () => ({
      status: "unhealthy",
      latency: 5,
    }));
    const { status, latencyMs } = (await probe.measure(["a"])).get("a") ?? {};
    assert.deepEqual([status, latencyMs], ["down", 5]);
  });

  it("is judged by the connection and the recent calls of a plugin without an answer", async () => {
    new RpcServer(bus.join("a"), "plugin://a/rpc").register("ping", () => "pong");
    known.set("a", { isConnected: true, latencyMs: 40, errorRate: 0.25 });
    assert.deepEqual((await probe.measure(["a"])).get("a"), {
      status: "healthy",
      latencyMs: 40,
      errorRate: 0.25,
      source: "it is connected; by its recent calls",
    });
  });

  it("is down for a plugin that is not running, which is not asked", async () => {
    const questions = answering("a", {});
    known.set("a", { isConnected: false });
    assert.equal((await probe.measure(["a"])).get("a")?.status, "down");
    assert.equal(questions(), 0);
  });

  it("takes half a second for any number of plugins that do not answer, which count as slow", async () => {
    const names = Array.from({ length: 20 }, (_, at) => `p${at}`);
    let asked = 0;
    for (const name of names) bus.join(name).subscribe(`plugin/${name}/health`, () => void asked++);
    const measuring = probe.measure(names);
    await until(() => asked === names.length);
    clock.pass(500);
    const health = await measuring;
    assert.equal(health.size, 20);
    for (const { status, latencyMs } of health.values())
      assert.deepEqual([status, latencyMs >= 500], ["healthy", true]);
  });

  it("is asked for again after some seconds only", async () => {
    const questions = answering("a", { status: "healthy" });
    await probe.measure(["a"]);
    await probe.measure(["a"]);
    assert.equal(questions(), 1);
    clock.pass(5001);
    await probe.measure(["a"]);
    assert.equal(questions(), 2);
  });

  it("ignores what is no number in an answer", async () => {
    for (const [at, reply] of [
      null,
      "fine",
      5,
      { latency: "1", errorRate: -3 },
      { latency: null, errorRate: 99 },
    ].entries())
      answering(`p${at}`, reply);
    const rates = [...(await probe.measure(["p0", "p1", "p2", "p3", "p4"])).values()];
    assert.deepEqual(
      rates.map(({ errorRate }) => errorRate),
      [0, 0, 0, 0, 1],
    );
  });
});
