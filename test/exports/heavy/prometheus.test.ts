import assert from "node:assert/strict";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findDebian } from "../../support/exports/heavy/findPrograms.ts";
import { checkMetrics, PrometheusPeer } from "../../support/exports/heavy/prometheusPeer.ts";
import { startTestBridge, type TestBridge, TEST_TOKEN } from "../../support/testBridge.ts";

/** A bridge that has run three commands. */
async function busyBridge(): Promise<TestBridge> {
  const bridge = await startTestBridge();
  for (const value of ["a", "b", "c"]) {
    assert.equal((await bridge.execute({ command: "test.echo", args: [value] })).status, 200);
  }
  return bridge;
}

describePeer("The metrics of the bridge, for promtool", await findDebian("promtool", "promtool"), (promtool) => {
  let bridge: TestBridge;
  before(async () => {
    bridge = await busyBridge();
  });
  after(() => bridge?.dispose());

  it("are in order", async () => {
    const { text } = await bridge.call("/metrics");
    assert.match(text, /kiro_bridge_/);
    assert.equal(await checkMetrics(promtool, text), "");
    assert.notEqual(await checkMetrics(promtool, `${text}{no name} 1\n`), "");
  });
});

describePeer("The metrics of the bridge, for Prometheus", await findDebian("prometheus", "prometheus"), (program) => {
  let bridge: TestBridge;
  before(async () => {
    bridge = await busyBridge();
  });
  after(() => bridge?.dispose());

  it("are stored, with quantiles of the durations", async () => {
    const target = { port: bridge.port, path: "/metrics", token: TEST_TOKEN };
    await using prometheus = await PrometheusPeer.start(program, target);
    await prometheus.query("up", ({ value }) => value[1] === "1");
    const [ended] = await prometheus.query('sum(kiro_bridge_executions_total{status="completed"})');
    assert.equal(ended?.value[1], "3");
    const name = /^(kiro_bridge_\w*duration\w*)_bucket/m.exec((await bridge.call("/metrics")).text)?.[1];
    const [median] = await prometheus.query(`histogram_quantile(0.5, sum by (le) (${name}_bucket))`);
    assert.ok(Number(median?.value[1]) > 0);
  });

  it("are not for a scraper without the token", async () => {
    const target = { port: bridge.port, path: "/metrics", token: "wrong" };
    await using prometheus = await PrometheusPeer.start(program, target);
    const [up] = await prometheus.query("up", ({ value }) => value[1] === "0");
    assert.equal(up?.metric["job"], "kiro-bridge");
  });
});
