import assert from "node:assert/strict";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { ProcessBuses } from "../../../../src/plugins/sdk/processBuses.ts";
import type { MessageBus } from "../../../../src/plugins/sdk/messageBus.ts";
import { PluginState } from "../../../../src/plugins/state/pluginState.ts";
import { RpcClient } from "../../../../src/plugins/rpc/rpcClient.ts";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { publishEntry, withdrawEntry } from "../../../../src/windows/discovery.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";

const withCode = (code: string) => (error: unknown) => isBridgeError(error) && error.code === code;

describe("The SDK of plugins with a bridge", () => {
  let home: string;
  let homeBefore: string | undefined;
  let bridge: TestBridge;
  let started: ProcessBuses[];

  beforeEach(async () => {
    home = await temporaryFolder();
    homeBefore = process.env["KIRO_BRIDGE_HOME"];
    process.env["KIRO_BRIDGE_HOME"] = home;
    started = [];
    bridge = await startTestBridge();
    await publish(bridge);
  });
  afterEach(async () => {
    for (const buses of started) buses.reset();
    await bridge.dispose();
    if (homeBefore === undefined) delete process.env["KIRO_BRIDGE_HOME"];
    else process.env["KIRO_BRIDGE_HOME"] = homeBefore;
    await removeFolder(home);
  });

  async function publish({ server: { url } }: TestBridge): Promise<void> {
    await publishEntry(home, { version: "0.1.0", url, pid: process.pid, token: TEST_TOKEN, windows: [] });
  }

  /** The message bus of another process. */
  async function bus(name: string, token?: string): Promise<MessageBus> {
    const buses = new ProcessBuses({});
    started.push(buses);
    await buses.connect(token === undefined ? {} : { url: bridge.server.url, token });
    return buses.get(name);
  }

  it("exchanges messages, requests and calls between processes", async () => {
    const [one, two] = await Promise.all([bus("one"), bus("two")]);
    const seen: unknown[] = [];
    two.subscribe("orders.*", ({ source, topic, payload }) => seen.push([source, topic, payload]));
    two.subscribe("plugin/two/request", ({ correlationId = "", payload }) =>
      two.respond(correlationId, { article: payload.article, inStock: 7 }),
    );
    new RpcServer(two.participant, "plugin://two/rpc").register("add", async ({ a, b }, { progress }) => {
      await progress("adding");
      return a + b;
    });
    await until(async () => {
      await one.publish({ topic: "orders/new", payload: seen.length });
      return seen.length > 0;
    });
    assert.deepEqual(seen[0], ["one", "orders/new", 0]);
    const request = { topic: "plugin/two/request", destination: "two", payload: { article: "tea" } };
    assert.deepEqual(await one.request(request), { article: "tea", inStock: 7 });
    const steps: unknown[] = [];
    const client = new RpcClient(one.participant, "plugin://two/rpc");
    assert.equal(await client.call("add", { a: 1, b: 2 }, { onProgress: (step) => steps.push(step) }), 3);
    assert.deepEqual(steps, ["adding"]);
    await assert.rejects(one.request({ topic: "plugin/three/request" }), withCode("NOT_FOUND"));
  });

  it("shares the state of a plugin between its processes, and with other plugins", async () => {
    const [one, two, other] = await Promise.all([bus("shop"), bus("shop"), bus("billing")]);
    const stateOf = ({ participant }: MessageBus): PluginState => new PluginState({ participant });
    const [first, second, third] = [stateOf(one), stateOf(two), stateOf(other)];
    await Promise.all([first.ready(), second.ready(), third.ready()]);
    first.incrementCounter("sold", 2);
    second.incrementCounter("sold", 3);
    await until(() => first.getCounter("sold") === 5 && second.getCounter("sold") === 5);
    await first.exportState("prices", { tea: 450 });
    assert.deepEqual(await third.importState("shop", "prices"), { tea: 450 });
    await Promise.all([first, second, third].map((state) => state.dispose()));
  });

  it("has no more rights than its token", async () => {
    const { store } = bridge.core.access;
    const scopes = ["bus:publish:plugin/small/**", "bus:subscribe:plugin/small/**"] as const;
    const { token } = await store.create({ name: "small", kind: "plugin", scopes: [...scopes], by: editorUser });
    const small = await bus("small", token);
    await small.publish({ topic: "plugin/small/events" });
    await assert.rejects(small.publish({ topic: "orders/new" }), withCode("ACCESS_DENIED"));
    const other = await bus("other", token);
    await assert.rejects(other.publish({ topic: "plugin/small/events" }), withCode("ACCESS_DENIED"));
  });

  it("is told when its access is revoked", async () => {
    const { store } = bridge.core.access;
    const { client, token } = await store.create({
      name: "small",
      kind: "plugin",
      scopes: ["bus:publish:plugin/small/**"],
      by: editorUser,
    });
    const small = await bus("small", token);
    await small.publish({ topic: "plugin/small/events" });
    await store.revoke(client.id, editorUser);
    await until(() =>
      small.publish({ topic: "plugin/small/events" }).then(() => false, withCode("AUTHENTICATION_FAILED")),
    );
  });

  it("goes on with the bridge that takes over, at another address", async () => {
    const [one, two] = await Promise.all([bus("one"), bus("two")]);
    new RpcServer(two.participant, "plugin://two/rpc").register("ping", () => "pong");
    const client = new RpcClient(one.participant, "plugin://two/rpc");
    await until(() =>
      client.call("ping").then(
        (result) => result === "pong",
        () => false,
      ),
    );
    const before = bridge;
    await withdrawEntry(home, { pid: process.pid, url: before.server.url });
    bridge = await startTestBridge();
    await before.dispose();
    await publish(bridge);
    await until(() =>
      client.call("ping").then(
        (result) => result === "pong",
        () => false,
      ),
    );
    assert.notEqual(bridge.server.url, before.server.url);
  });
});
