import assert from "node:assert/strict";
import { RpcClient } from "../../src/plugins/rpc/rpcClient.ts";
import { isRpcError } from "../../src/plugins/rpc/rpcError.ts";
import { RpcServer } from "../../src/plugins/rpc/rpcServer.ts";
import { isBridgeError } from "../../src/protocol/errors.ts";
import { ProcessBuses } from "../../src/plugins/sdk/processBuses.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { until } from "../support/until.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";

/** Two plugins, as the editor starts them, while the owner of the address is killed. */
describe("Plugins whose bus is in a window that is killed", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let homeBefore: string | undefined;
  let caller: ProcessBuses;
  let plugin: ProcessBuses;

  beforeEach(async () => {
    group = await WindowGroup.create();
    homeBefore = process.env["KIRO_BRIDGE_HOME"];
    process.env["KIRO_BRIDGE_HOME"] = group.discovery;
    const env = { KIRO_BRIDGE_URL: group.url, KIRO_BRIDGE_PLUGIN_TOKEN: TEST_TOKEN };
    [caller, plugin] = [new ProcessBuses(env), new ProcessBuses(env)];
  });
  afterEach(async () => {
    caller.reset();
    plugin.reset();
    if (homeBefore === undefined) delete process.env["KIRO_BRIDGE_HOME"];
    else process.env["KIRO_BRIDGE_HOME"] = homeBefore;
    await group.dispose();
  });

  it("find each other again at the next owner, with their subscriptions and methods", async () => {
    const windows = await group.three();
    const own = plugin.get("shop");
    const seen: unknown[] = [];
    own.subscribe("orders/*", ({ payload }) => seen.push(payload));
    const server = new RpcServer(own.participant, "plugin://shop/rpc");
    server.register("ping", () => "pong");
    const arrived = Promise.withResolvers<void>();
    server.register("hang", () => {
      arrived.resolve();
      return new Promise(() => undefined);
    });
    const client = new RpcClient(caller.get("tool").participant, "plugin://shop/rpc");
    const answers = (): Promise<boolean> =>
      client.call("ping").then(
        (result) => result === "pong",
        () => false,
      );
    await until(answers, "the first call");

    const hanging = client.call("hang", {}, { timeoutMs: 280_000 });
    hanging.catch(() => undefined);
    await Promise.race([arrived.promise, hanging.catch(() => undefined)]);
    // Another window than at first, if that one was too busy.
    const owner = await group.settled(windows);
    await owner.kill();
    await assert.rejects(hanging, (error) => isRpcError(error) && error.code === "KIRO_UNAVAILABLE");
    await until(answers, "a call at the next owner");
    assert.ok(await group.settled(windows.filter((window) => window !== owner)));
    let published = 0;
    await until(async () => {
      await caller.get("tool").publish({ topic: "orders/new", payload: ++published });
      return seen.length > 0;
    }, "a message at the next owner");
    assert.equal(new Set(seen).size, seen.length, String(seen));
  });

  it("lose no durable message that the bus has accepted", async () => {
    const windows = await group.three();
    const owner = await group.settled(windows);
    const seen: number[] = [];
    plugin.get("shop").subscribe("orders/*", ({ payload }) => seen.push(payload), { durable: { backoffMs: [10] } });
    const tool = caller.get("tool");
    // Known to the bus from its first delivery on.
    await until(async () => {
      await tool.publish({ topic: "orders/new", payload: 0 });
      return seen.length > 0;
    });
    const accepted = Array.from({ length: 200 }, async (_, index) => {
      if (index === 100) await owner.kill();
      for (;;) {
        try {
          return await tool.publish({ topic: "orders/new", payload: index + 1, messageId: `order-${index}` });
        } catch (error) {
          if (!isBridgeError(error) || !error.recoverable) throw error;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    });
    await Promise.all(accepted);
    const distinct = (): number[] => [...new Set(seen)].filter((number) => number > 0);
    await until(() => distinct().length === 200, "all of them");
  });
});
