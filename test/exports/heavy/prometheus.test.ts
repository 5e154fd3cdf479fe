import assert from "node:assert/strict";
import { docsBlock } from "../../support/exports/docsBlock.ts";
import { ExportingBridges, hookElement, untilDestination } from "../../support/exports/exportingBridge.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findDebian } from "../../support/exports/heavy/findPrograms.ts";
import { checkMetrics, checkRules, PrometheusPeer } from "../../support/exports/heavy/prometheusPeer.ts";
import { type TestBridge, TEST_TOKEN } from "../../support/testBridge.ts";

const RULES = "prometheus-rules";

/** A bridge that has run three commands, of which one destination has each, and another one none. */
async function busyBridge(bridges: ExportingBridges): Promise<TestBridge> {
  const [taking, refusing] = [await bridges.serve(), await bridges.serve()];
  refusing.otherwise = { status: 413, body: "too large" };
  bridges.elements = [hookElement(taking, { name: "team" }), hookElement(refusing, { name: "strict" })];
  const bridge = await bridges.start();
  for (const value of ["a", "b", "c"]) {
    assert.equal((await bridge.execute({ command: "test.echo", args: [value] })).status, 200);
  }
  await untilDestination(bridge, "three events", ({ sent }) => sent === 3, "team");
  await untilDestination(bridge, "three dead letters", ({ deadLetters }) => deadLetters === 3, "strict");
  return bridge;
}

describePeer("The metrics of the bridge, for promtool", await findDebian("promtool", "promtool"), (promtool) => {
  let bridges: ExportingBridges;
  before(async () => void (bridges = await ExportingBridges.create()));
  after(() => bridges?.dispose());

  it("are in order, also those of exports", async () => {
    const { text } = await (await busyBridge(bridges)).call("/metrics");
    for (const name of ["events_total", "waiting", "dead_letters"])
      assert.match(text, new RegExp(`^kiro_bridge_exports_${name}\\b`, "m"));
    assert.equal(await checkMetrics(promtool, text), "");
    assert.notEqual(await checkMetrics(promtool, `${text}{no name} 1\n`), "");
  });

  it("have alerts in the guide that are in order", async () => {
    assert.match(await checkRules(promtool, docsBlock(RULES)), /SUCCESS: 3 rules found/);
    await assert.rejects(checkRules(promtool, docsBlock(RULES).replace("> 0", "> > 0")));
  });
});

describePeer("The metrics of the bridge, for Prometheus", await findDebian("prometheus", "prometheus"), (program) => {
  let bridges: ExportingBridges;
  let bridge: TestBridge;
  before(async () => {
    bridges = await ExportingBridges.create();
    bridge = await busyBridge(bridges);
  });
  after(() => bridges?.dispose());

  it("are stored, with quantiles of the durations, and set off the alerts of the guide", async () => {
    const target = { port: bridge.port, path: "/metrics", token: TEST_TOKEN, rules: docsBlock(RULES) };
    await using prometheus = await PrometheusPeer.start(program, target);
    await prometheus.query("up", ({ value }) => value[1] === "1");
    const [ended] = await prometheus.query('sum(kiro_bridge_executions_total{status="completed"})');
    assert.equal(ended?.value[1], "3");
    const name = /^(kiro_bridge_\w*duration\w*)_bucket/m.exec((await bridge.call("/metrics")).text)?.[1];
    const [median] = await prometheus.query(`histogram_quantile(0.5, sum by (le) (${name}_bucket))`);
    assert.ok(Number(median?.value[1]) > 0);
    const outcomes = await prometheus.query("kiro_bridge_exports_events_total");
    assert.deepEqual(
      outcomes.map(({ metric, value }) => [metric["destination"], metric["outcome"], value[1]].join(" ")).toSorted(),
      ["strict refused 3", "team delivered 3"],
    );
    const [alert] = await prometheus.query("ALERTS");
    assert.equal(alert?.metric["alertname"], "KiroBridgeDeadLetters");
  });

  it("are not for a scraper without the token", async () => {
    const target = { port: bridge.port, path: "/metrics", token: "wrong" };
    await using prometheus = await PrometheusPeer.start(program, target);
    const [up] = await prometheus.query("up", ({ value }) => value[1] === "0");
    assert.equal(up?.metric["job"], "kiro-bridge");
  });
});
