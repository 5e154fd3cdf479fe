import assert from "node:assert/strict";
import { dashboardDepsOf } from "../../../../../src/dashboard/channel/bridgeDeps.ts";
import type { PluginsView } from "../../../../../src/dashboard/contract/plugins.ts";
import { PluginState } from "../../../../../src/plugins/state/pluginState.ts";
import { RpcServer } from "../../../../../src/plugins/rpc/rpcServer.ts";
import { type OwnPluginsBridge, startOwnPluginsBridge } from "../../../../support/plugins/ownPluginsBridge.ts";
import { startTestBridge } from "../../../../support/testBridge.ts";
import { until } from "../../../../support/until.ts";

describe("The plugins of a bridge as people see them", () => {
  let world: OwnPluginsBridge;

  beforeEach(async () => {
    world = await startOwnPluginsBridge();
  });

  afterEach(() => world.dispose());

  const shown = async (): Promise<PluginsView> => await dashboardDepsOf(world.bridge.core).plugins.view();

  it("are nothing while nobody uses them", async () => {
    const bridge = await startTestBridge();
    try {
      const { bus, plugins } = await dashboardDepsOf(bridge.core).plugins.view();
      assert.deepEqual([bus, plugins], [undefined, []]);
      assert.match((await bridge.call("/metrics")).text, /^kiro_bridge_bus_published_total 0$/m);
    } finally {
      await bridge.dispose();
    }
  });

  it("are in the dashboard and in the metrics, with calls, decisions and shared state", async () => {
    const methods = [{ name: "execute_command" }];
    world.directory.add("tenants", { routing: { keywords: ["tenant"] }, communication: { rpc: { methods } } });
    const participant = world.join("tenants");
    new RpcServer(participant, "plugin://tenants/rpc").register("execute_command", () => 1);
    const state = new PluginState({ participant });
    state.incrementCounter("created");
    await state.flush();
    const called = await world.bridge.execute({ command: "plugin.tenants.execute_command" });
    assert.equal(called.status, 200);
    await world.bridge.call("/api/kiro/route", { body: { text: "Create a tenant" } });
    await until(async () => (await shown()).decisions.length === 1);
    const { bus, plugins, topics } = await shown();
    assert.equal(bus?.transport, "embedded");
    assert.equal(plugins[0]?.name, "tenants");
    assert.deepEqual(plugins[0]?.calls, { total: 1, failed: 0 });
    assert.equal(plugins[0]?.shared?.counters, 1);
    assert.ok(topics.some(({ topic }) => topic === "plugin/tenants/rpc"));
    const metrics = (await world.bridge.call("/metrics")).text;
    assert.match(metrics, /^kiro_bridge_plugin_calls_total\{plugin="tenants",outcome="completed"\} 1$/m);
    assert.match(metrics, /^kiro_bridge_bus_requests_total [1-9]/m);
    await state.dispose();
  });
});
