import assert from "node:assert/strict";
import { Activity } from "../../../../src/core/metrics/activity.ts";
import { Breakdown, OTHER } from "../../../../src/core/metrics/breakdown.ts";
import { Latencies } from "../../../../src/core/metrics/latencies.ts";
import { PrometheusMeter } from "../../../../src/core/metrics/prometheus.ts";
import { RestartCount } from "../../../../src/core/metrics/restartCount.ts";
import { metricsSnapshotSchema } from "../../../../src/protocol/metrics.ts";
import { makeCore } from "../../../support/core.ts";
import { owner } from "../../../../src/core/access/principal.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { SocketClient } from "../../../support/socketClient.ts";
import { startTestBridge } from "../../../support/testBridge.ts";

/** Reads the text exposition format 0.0.4 as a scraper does, and throws for what is none. */
function parseExposition(text: string): Map<string, number> {
  assert.ok(text.endsWith("\n"));
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.trimEnd().split("\n")) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    const sample = /^([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? ([\d.e+-]+|\+Inf)$/.exec(line);
    if (type?.[1] !== undefined) types.set(type[1], type[2] ?? "");
    else if (sample !== null) {
      const [, name = "", labels = "", value = ""] = sample;
      const family = name.replace(/_(?:bucket|sum|count)$/, "");
      assert.ok(types.has(name) || types.get(family) === "histogram", `no type for ${name}`);
      assert.ok(!values.has(name + labels), `twice: ${line}`);
      values.set(name + labels, Number(value));
    } else assert.match(line, /^# HELP [a-z_]+ \S/);
  }
  return values;
}

describe("Latencies", () => {
  it("compute percentiles with an error of at most 5 %", () => {
    const latencies = new Latencies();
    for (let ms = 1; ms <= 10_000; ms++) latencies.record(ms);
    for (const [q, exact] of [
      [0.5, 5000],
      [0.95, 9500],
      [0.99, 9900],
    ] as const) {
      const { [0]: found = 0 } = [latencies.quantile(q)];
      assert.ok(Math.abs(found - exact) / exact <= 0.051, `p${q}: ${found}`);
    }
  });

  it("are exact for small values, and accept the largest", () => {
    const latencies = new Latencies();
    assert.deepEqual(latencies.percentiles(), {});
    for (const ms of [0, 0, 1, 2, 3]) latencies.record(ms);
    assert.deepEqual(
      [0.2, 0.5, 0.8, 1].map((q) => latencies.quantile(q)),
      [0, 1, 2, 3],
    );
    latencies.record(1e12);
    assert.ok((latencies.quantile(1) ?? 0) > 1_500_000);
  });
});

describe("Activity", () => {
  it("is a series of ten minutes without gaps, and drops older minutes", () => {
    let now = 1_795_000_000_000;
    const activity = new Activity(() => now);
    activity.started();
    activity.ended(false, 100);
    now += 30_000;
    activity.ended(true, 10);
    const { sliceSeconds, slices } = activity.series();
    assert.equal(slices.length * sliceSeconds, 600);
    assert.deepEqual(
      slices.map(({ at }) => at),
      slices.map((_slice, at) => (slices[0]?.at ?? 0) + at * 10_000),
    );
    assert.deepEqual(
      slices.slice(-4).map(({ ended, failed, p50 }) => [ended, failed, p50]),
      [
        [1, 0, 102],
        [0, 0, undefined],
        [0, 0, undefined],
        [1, 1, 10],
      ],
    );
    assert.deepEqual([activity.summary().ended, activity.summary().failed], [2, 1]);
    now += 590_000;
    assert.equal(activity.summary().ended, 1);
    now += 600_000;
    assert.equal(activity.summary().ended, 0);
    assert.ok(activity.series().slices.every(({ ended }) => ended === 0));
  });
});

describe("Breakdown", () => {
  it("keeps a limited number of names, and merges the rest", () => {
    const breakdown = new Breakdown(3);
    for (let count = 0; count < 10; count++) breakdown.ended(`command ${count}`, count % 2 === 0, 5);
    const list = breakdown.list();
    assert.equal(list.length, 4);
    assert.deepEqual([list[0]?.name, list[0]?.ended, list[0]?.failed], [OTHER, 7, 3]);
  });

  it("does not keep a name that a caller made large", () => {
    const breakdown = new Breakdown(3);
    breakdown.ended("x".repeat(201), true, 5);
    breakdown.ended("y".repeat(200), false, 5);
    assert.deepEqual(
      breakdown.list().map(({ name, ended }) => [name.length, ended]),
      [
        [OTHER.length, 1],
        [200, 1],
      ],
    );
  });
});

describe("RestartCount", () => {
  it("counts a process that ended during its turn, but not one that was stopped for being idle", () => {
    const restarts = new RestartCount();
    const states = [
      "starting",
      "busy",
      "idle",
      "sleeping",
      "starting",
      "busy",
      "sleeping",
      "starting",
      "busy",
      "idle",
      "closed",
    ];
    for (const state of states) restarts.record("sess-1", state);
    assert.equal(restarts.total, 1);
  });
});

describe("Metrics", () => {
  it("count runs by command, by session and by status", async () => {
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => {
      context.speaksIn("sess-1");
      return { kind: "completed", output: "ok" };
    };
    const editor = new FakeEditor({ echo: (value) => value, fails: () => Promise.reject(new Error("no")) });
    const core = makeCore({ editor, agent });
    await core.catalog.refresh();
    for (const command of ["echo", "echo", "fails", "kiro.cli.chat"]) {
      const execution = await core.dispatcher.submit({ command, args: ["x"] });
      await execution.settled;
    }
    const snapshot = metricsSnapshotSchema.parse(core.metrics.snapshot());
    assert.deepEqual(snapshot.executions, {
      started: 4,
      completed: 3,
      failed: 1,
      cancelled: 0,
      interrupted: 0,
    });
    assert.equal(snapshot.errorRate, 0.25);
    assert.equal(snapshot.latencyMs.count, 4);
    assert.deepEqual(
      snapshot.commands.map(({ name, ended, failed }) => [name, ended, failed]),
      [
        ["echo", 2, 0],
        ["fails", 1, 1],
        ["kiro.cli.chat", 1, 0],
      ],
    );
    assert.deepEqual(
      snapshot.sessions.map(({ name, ended }) => [name, ended]),
      [["sess-1", 1]],
    );
    assert.equal(
      snapshot.series.slices.reduce((sum, { ended }) => sum + ended, 0),
      4,
    );
  });
});

describe("Metrics of one of several windows", () => {
  it("count what happened there, and not what it has imported", async () => {
    const { dispatcher, events, metrics } = makeCore({ editor: new FakeEditor({ echo: () => 1 }) });
    const before = metrics.snapshot().events.appended;
    const head = { eventId: 1, timestamp: new Date().toISOString(), windowId: "another" };
    const of = { executionId: "exec-1-1-others", command: "x", args: [] };
    events.import({ ...head, type: "command-started", ...of, windowEventId: 1 });
    const session = { sessionId: "sess-1", name: "default" };
    for (const [at, state] of ["busy", "crashed", "stopped", "ready"].entries())
      events.import({ ...head, type: "session-changed", ...session, state, windowEventId: 2 + at });
    const imported = metrics.snapshot();
    assert.deepEqual([imported.events.appended, imported.executions.started, imported.restarts], [before, 0, 0]);
    await (await dispatcher.submit({ command: "echo" })).settled;
    const own = metrics.snapshot();
    assert.ok(own.events.appended > before && own.executions.started === 1);
  });
});

describe("Metrics of a stop", () => {
  it("count interrupted runs separately from failed ones", async () => {
    const never = new Promise<never>(() => undefined);
    const core = makeCore({ editor: new FakeEditor({ hangs: () => never }), lanes: { concurrency: 1, maxQueued: 5 } });
    for (let count = 0; count < 2; count++) await core.dispatcher.submit({ command: "hangs" });
    core.dispatcher.dispose();
    const { executions, errorRate, commands } = metricsSnapshotSchema.parse(core.metrics.snapshot());
    assert.deepEqual(executions, { started: 1, completed: 0, failed: 0, cancelled: 0, interrupted: 2 });
    assert.deepEqual([errorRate, commands], [0, []]);
    const values = parseExposition(core.meter.exposition());
    assert.equal(values.get('kiro_bridge_executions_total{target="editor",status="interrupted"}'), 2);
  });
});

describe("Metrics of principals", () => {
  it("count executions by the kind of principal, for those who may read all executions", async () => {
    const principals = new FakePrincipals();
    const [ci, viewer] = [principals.add("ci-of-example"), principals.add("viewer", { role: "viewer" })];
    const core = makeCore();
    for (const principal of [owner, ci, ci]) {
      await (await core.dispatcher.submit({ command: "echo" }, { principal, via: "http" })).settled;
    }
    const values = parseExposition(core.meter.exposition(viewer));
    assert.equal(values.get('kiro_bridge_principal_executions_total{kind="client"}'), 2);
    assert.equal(values.get('kiro_bridge_principal_executions_total{kind="owner"}'), 1);
    assert.ok(!core.meter.exposition(owner).includes(ci.id), "names no principal");
    const seen = core.meter.exposition(ci);
    for (const secret of ["principal_executions", "kind=", "access_clients", ci.id]) assert.ok(!seen.includes(secret));
    assert.equal(parseExposition(seen).get('kiro_bridge_executions_total{target="editor",status="completed"}'), 3);
  });
});

describe("GET /metrics", () => {
  it("returns text that Prometheus can parse, and requires the token", async () => {
    const bridge = await startTestBridge();
    const viewer = await SocketClient.open(bridge);
    await bridge.execute({ command: "test.echo" });
    await bridge.execute({ command: "unknown" });
    await viewer.waitForType("command-error");
    const answer = await bridge.call("/metrics");
    assert.equal(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    const values = parseExposition(answer.text);
    assert.equal(values.get('kiro_bridge_executions_total{target="editor",status="completed"}'), 1);
    assert.equal(values.get('kiro_bridge_executions_total{target="editor",status="failed"}'), 1);
    assert.equal(values.get('kiro_bridge_execution_duration_seconds_count{target="editor"}'), 2);
    assert.equal(values.get('kiro_bridge_execution_duration_seconds_bucket{target="editor",le="+Inf"}'), 2);
    assert.equal(values.get("kiro_bridge_clients"), 1);
    assert.ok((values.get("kiro_bridge_events_sent_total") ?? 0) > 4);
    assert.equal((await bridge.call("/metrics", { headers: { Authorization: "Bearer x" } })).status, 401);
    viewer.close();
    await bridge.dispose();
  });

  it("escapes labels and help texts, and is bounded", () => {
    const meter = new PrometheusMeter();
    const counter = meter.counter("odd_total", 'back\\slash\nand "quotes"');
    counter.add(1, { label: 'a"b\\c\nd' });
    for (let count = 0; count < 1000; count++) counter.add(1, { label: String(count) });
    const values = parseExposition(meter.exposition());
    assert.equal(values.get(String.raw`odd_total{label="a\"b\\c\nd"}`), 1);
    assert.ok(values.size <= 201);
    assert.equal(
      [...values.values()].reduce((sum, value) => sum + value),
      1001,
    );
  });
});

describe("A reading of metrics", () => {
  it("keeps the values of its time", () => {
    const meter = new PrometheusMeter();
    const histogram = meter.histogram("took_seconds", "How long it took.", [1, 2]);
    const counter = meter.counter("calls_total", "Calls.");
    histogram.record(1.5);
    counter.add(1, { by: "a" });
    const reading = meter.read();
    histogram.record(3);
    counter.add(1, { by: "a" });
    assert.deepEqual(reading, [
      {
        name: "took_seconds",
        help: "How long it took.",
        kind: "histogram",
        bounds: [1, 2],
        points: [{ labels: {}, counts: [0, 1], count: 1, sum: 1.5 }],
      },
      { name: "calls_total", help: "Calls.", kind: "counter", points: [{ labels: { by: "a" }, value: 1 }] },
    ]);
  });
});
