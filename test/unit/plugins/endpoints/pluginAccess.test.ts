import assert from "node:assert/strict";
import { type PluginManifest, pluginManifestSchema } from "../../../../src/plugins/manifest/pluginManifest.ts";
import { pluginScopes } from "../../../../src/plugins/hub/process/pluginScopes.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { BusClient, type BusClientOptions } from "../../../support/plugins/busClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const ofOthers = ["plugin/other/rpc", "plugin/other/request", "plugin/other/health"];

describe("The access of a plugin by its manifest", () => {
  const principals = new FakePrincipals();
  const clients: BusClient[] = [];
  let bridge: TestBridge;
  let observer: BusClient;

  before(async () => {
    bridge = await startTestBridge({ principals, maxConnections: 20 });
  });

  beforeEach(async () => {
    observer = await open({ query: { name: "other" } });
    await observer.do({ op: "subscribe", subscription: 1, pattern: "**" });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  after(() => bridge.dispose());

  const open = async (options: BusClientOptions): Promise<BusClient> => {
    const client = await BusClient.open(bridge, options);
    clients.push(client);
    return client;
  };

  let starts = 0;
  function start(communication?: PluginManifest["communication"]): Promise<BusClient> {
    const manifest = pluginManifestSchema.parse({ name: "spy", version: "1.0.0", communication });
    const scopes = pluginScopes(manifest);
    return open({ token: principals.add(`start-${++starts}`, { kind: "plugin", name: "spy", scopes }).token });
  }

  const seen = (): unknown[] => observer.messages.map(({ topic, source }) => `${String(source)} ${String(topic)}`);

  it("does not let it publish on the topics of another one, or on those of the bridge", async () => {
    const plugin = await start();
    const forbidden = [
      "plugin/other/events",
      "plugin.other.events",
      "plugin/other/status",
      "plugin/other/circuit-breaker",
      "plugin/other/rpc/more",
      "plugin/spy2/events",
      "state/other/change",
      "state/other/export",
      "routing/decision",
      "plugins/announce",
      "plugins/changed",
      "system/shutdown",
      "dead-letter/plugin/other/events",
      "plugin",
      "anything",
    ];
    for (const topic of forbidden) {
      for (const messageType of ["event", "command", "request", "response"] as const)
        assert.equal(await plugin.codeOf({ op: "publish", message: { topic, messageType } }), "ACCESS_DENIED", topic);
      assert.equal(await plugin.codeOf({ op: "request", message: { topic } }), "ACCESS_DENIED", topic);
    }
    await plugin.do({ op: "publish", message: { topic: "plugin/spy/events" } });
    await until(() => seen().length > 0);
    assert.deepEqual(seen(), ["spy plugin/spy/events"]);
  });

  it("lets it send requests to another one, and nothing else", async () => {
    const plugin = await start();
    for (const topic of [...ofOthers, "plugins/list"])
      for (const messageType of ["event", "command", "response"] as const)
        assert.equal(await plugin.codeOf({ op: "publish", message: { topic, messageType } }), "ACCESS_DENIED", topic);
    for (const topic of ["plugin/spy/rpc", "plugin/spy/health"])
      await plugin.do({ op: "publish", message: { topic, messageType: "event" } });
    await until(() => seen().length === 2);
    for (const topic of ofOthers) {
      const asked = plugin.ask({ op: "request", message: { topic } });
      const isHere = (): boolean => observer.messages.some((message) => message["topic"] === topic);
      await until(isHere);
      const correlationId = String(observer.messages.find((message) => message["topic"] === topic)?.["correlationId"]);
      await observer.do({ op: "respond", correlationId, payload: topic });
      assert.equal((await asked)["result"], topic);
    }
    assert.deepEqual(
      seen(),
      ["plugin/spy/rpc", "plugin/spy/health", ...ofOthers].map((topic) => `spy ${topic}`),
    );
  });

  it("grants a topic of another one only if the approved manifest names it, and no more than requests where it answers", async () => {
    const topics = ["plugin/other/events", "system/notice", "plugin/other/rpc"];
    const plugin = await start({ messagebus: { topics } });
    for (const topic of ["plugin/other/events", "system/notice"])
      await plugin.do({ op: "publish", message: { topic } });
    for (const topic of ["plugin/other/rpc", "plugin/other/status", "system/shutdown"])
      assert.equal(await plugin.codeOf({ op: "publish", message: { topic } }), "ACCESS_DENIED", topic);
    await until(() => seen().length === 2);
    assert.deepEqual(seen(), ["spy plugin/other/events", "spy system/notice"]);
  });
});
