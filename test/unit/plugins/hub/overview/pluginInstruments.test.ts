import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PrometheusMeter } from "../../../../../src/core/metrics/prometheus.ts";
import { ScopeSet } from "../../../../../src/core/access/scopes.ts";
import { CallRecords } from "../../../../../src/plugins/hub/callRecords.ts";
import { busInstruments, CallMetrics } from "../../../../../src/plugins/hub/overview/pluginInstruments.ts";
import { embeddedBroker } from "../../../../support/plugins/busUnderTest.ts";

describe("The metrics of plugins", () => {
  it("count what the bus does, and nothing before it is used", async () => {
    const meter = new PrometheusMeter();
    const broker = embeddedBroker();
    let isUsed = false;
    busInstruments(meter, () => (isUsed ? broker.stats() : undefined));
    assert.match(meter.exposition(), /^kiro_bridge_bus_published_total 0$/m);
    isUsed = true;
    const all = { mayPublish: () => true, maySubscribe: () => true };
    const program = broker.attach({ name: "program", principalId: "p", ...all });
    program.subscribe("a", () => undefined);
    await program.publish({ topic: "a" });
    await program.publish({ topic: "b" });
    await assert.rejects(program.request({ topic: "c" }), { code: "NOT_FOUND" });
    const text = meter.exposition();
    for (const line of ["published_total 2", "delivered_total 1", "undelivered_total 1", "participants 1"]) {
      assert.match(text, new RegExp(`^kiro_bridge_bus_${line}$`, "m"), text);
    }
    assert.match(text, /^kiro_bridge_bus_failed_requests_total 1$/m);
    assert.match(text, /^# TYPE kiro_bridge_bus_dead_letters gauge$/m);
    await broker.dispose();
  });

  it("count the calls of each plugin, for those who may see them", () => {
    const meter = new PrometheusMeter();
    const records = new CallRecords(new CallMetrics(meter));
    records.ended("shop", 20, false);
    records.ended("shop", 30, true);
    assert.equal(records.get("shop")?.calls, 2);
    const text = meter.exposition();
    assert.match(text, /^kiro_bridge_plugin_calls_total\{plugin="shop",outcome="failed"\} 1$/m);
    assert.match(text, /^kiro_bridge_plugin_call_duration_seconds_count 2$/m);
    assert.doesNotMatch(meter.exposition({ scopes: new ScopeSet(["status:read"]) }), /shop/);
  });

  it("are named in the wire contract", () => {
    const meter = new PrometheusMeter();
    busInstruments(meter, () => undefined);
    new CallMetrics(meter).ended("shop", 1, false);
    const contract = readFileSync(join(import.meta.dirname, "../../../../../docs/wire-contract.md"), "utf8");
    const names = [...meter.exposition().matchAll(/^# TYPE kiro_bridge_(\w+)/gm)].map(([, name = ""]) => name);
    assert.equal(names.length, 13);
    for (const name of names) assert.match(contract, new RegExp(`\`${name}[\`{]`), name);
  });
});
