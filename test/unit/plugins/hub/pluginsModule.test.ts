import assert from "node:assert/strict";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { Inbox } from "../../../support/plugins/busUnderTest.ts";
import { type OwnPluginsBridge, startOwnPluginsBridge } from "../../../support/plugins/ownPluginsBridge.ts";
import type { TestBridge } from "../../../support/testBridge.ts";

describe("The plugins of a whole bridge", () => {
  let world: OwnPluginsBridge;
  let bridge: TestBridge;

  beforeEach(async () => {
    world = await startOwnPluginsBridge("plugin.secret.*");
    ({ bridge } = world);
  });

  afterEach(() => world.dispose());

  /** Adds a plugin that serves one method. */
  function add(name: string, method: string, handler: (params: object) => unknown): void {
    const methods = [{ name: method, params: { type: "object", properties: { n: { type: "number" } } } }];
    world.directory.add(name, { routing: { keywords: ["tenant"] }, communication: { rpc: { methods } } });
    new RpcServer(world.join(name), `plugin://${name}/rpc`).register(method, handler);
  }

  it("are called as commands, by whoever may run them", async () => {
    add("tenants", "create", (params) => ({ params }));
    const command = "plugin.tenants.create";
    assert.deepEqual((await bridge.execute({ command, params: [{ n: 1 }] })).json["result"], { params: { n: 1 } });
    assert.equal((await bridge.execute({ command, params: [{ n: "x" }] })).status, 400);
    assert.equal((await bridge.execute({ command: "plugin.secret.create" })).status, 403);
    const { commands } = (await bridge.call("/api/kiro/commands?query=plugin.")).json as { commands: { id: string }[] };
    assert.deepEqual(
      commands.map(({ id }) => id),
      ["plugin.route", command],
    );
  });

  it("are chosen over HTTP, and the decision is published", async () => {
    let runs = 0;
    add("tenants", "execute_command", () => ++runs);
    const inbox = new Inbox(world.join("listener"), "routing/decision");
    const { status, json } = await bridge.call("/api/kiro/route", { body: { text: "Create a tenant" } });
    assert.deepEqual([status, json["primaryPlugin"], json["executionStrategy"]], [200, "tenants", "single_plugin"]);
    assert.match(String(json["requestId"]), /^req_\d+_[0-9a-f]+$/);
    assert.deepEqual(
      (await inbox.wait(1)).map(({ payload }) => payload.requestId),
      [json["requestId"]],
    );
    assert.equal(runs, 0);
  });

  it("are not chosen if none fits, if the caller may not run them, or if the request is none", async () => {
    add("tenants", "execute_command", () => 1);
    add("secret", "execute_command", () => 1);
    const { json } = await bridge.call("/api/kiro/route", { body: { text: "a tenant" } });
    assert.deepEqual([json["primaryPlugin"], json["fallbackPlugins"]], ["tenants", []]);
    const none = await bridge.call("/api/kiro/route", { body: { text: "Bake bread" } });
    assert.equal(none.status, 404);
    assert.equal((none.json["context"] as { scores: unknown[] }).scores.length, 2);
    for (const body of [{}, { text: "" }, { text: "a", more: 1 }, { text: "a", from: "../x" }])
      assert.equal((await bridge.call("/api/kiro/route", { body })).status, 400);
  });

  it("run routed requests", async () => {
    add("tenants", "execute_command", (params) => Object.keys(params));
    const { json } = await bridge.execute({ command: "Create a tenant", target: "route" });
    assert.equal(json["output"], '["command","parameters"]');
  });
});
