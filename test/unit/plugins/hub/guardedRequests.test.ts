import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { BusParticipant } from "../../../../src/plugins/bus/participant.ts";
import { GuardedRequests } from "../../../../src/plugins/hub/guardedRequests.ts";
import { RpcClient } from "../../../../src/plugins/rpc/rpcClient.ts";
import { RpcServer } from "../../../../src/plugins/rpc/rpcServer.ts";
import { FakeDirectory } from "../../../support/plugins/fakeDirectory.ts";
import { SharedStates } from "../../../support/plugins/stateOf.ts";
import { until } from "../../../support/until.ts";

describe("The calls of the bridge to a plugin", () => {
  let world: SharedStates;
  let directory: FakeDirectory;
  let bus: BusParticipant;
  let client: RpcClient;
  let calls: number;

  beforeEach(() => {
    world = new SharedStates();
    directory = new FakeDirectory();
    bus = world.join("kiro-bridge");
    client = new RpcClient(new GuardedRequests({ bus, directory, logger: silentLogger }), "plugin://shop/rpc");
    calls = 0;
  });

  afterEach(() => world.dispose());

  function serve(handler: () => unknown): void {
    const server = new RpcServer(world.join("shop"), "plugin://shop/rpc");
    server.register("price", () => {
      calls += 1;
      return handler();
    });
  }

  const fail = (): never => {
    throw new Error("out of order");
  };

  it("open the circuit that its manifest describes, and publish that", async () => {
    directory.add("shop", { errorHandling: { circuitBreaker: { threshold: 2, timeout: 60_000 } } });
    const states: string[] = [];
    world
      .join("observer")
      .subscribe("plugin/shop/circuit-breaker", ({ message }) => void states.push(message.payload.state));
    serve(fail);
    for (let n = 0; n < 2; n++) await assert.rejects(client.call("price"), /out of order/);
    await assert.rejects(client.call("price"), {
      code: "KIRO_UNAVAILABLE",
      message: /Circuit breaker OPEN for plugin: shop/,
    });
    assert.equal(calls, 2);
    await until(() => states.length > 0);
    assert.deepEqual(states, ["open"]);
  });

  it("count no mistakes of callers, and no cancelled calls", async () => {
    directory.add("shop", { errorHandling: { circuitBreaker: { threshold: 1 } } });
    serve(() => new Promise(() => undefined));
    for (let n = 0; n < 3; n++) await assert.rejects(client.call("unknown"), { code: "NOT_FOUND" });
    const abort = new AbortController();
    const cancelled = client.call("price", {}, { signal: abort.signal });
    await until(() => calls === 1);
    abort.abort(new Error("no longer wanted"));
    await assert.rejects(cancelled, /no longer wanted/);
    await assert.rejects(client.call("price", {}, { timeoutMs: 20 }), { code: "OPERATION_TIMEOUT" });
    await assert.rejects(client.call("price"), /Circuit breaker OPEN/);
  });

  it("do not count while nobody serves the plugin, but when it ends in mid-call", async () => {
    directory.add("shop", { errorHandling: { circuitBreaker: { threshold: 2 } } });
    for (let n = 0; n < 6; n++) await assert.rejects(client.call("price"), { code: "NOT_FOUND" });
    for (let n = 1; n <= 2; n++) {
      const plugin = world.join("shop");
      new RpcServer(plugin, "plugin://shop/rpc").register("price", () => {
        calls += 1;
        return new Promise(() => undefined);
      });
      const ended = client.call("price");
      await until(() => calls === n);
      void plugin.dispose();
      await assert.rejects(ended, { code: "KIRO_UNAVAILABLE", message: /^(?!Circuit)/ });
    }
    await assert.rejects(client.call("price"), /Circuit breaker OPEN/);
  });

  it("have no circuit without one in the manifest, or where it is not enabled", async () => {
    directory.add("shop", { errorHandling: { circuitBreaker: { threshold: 1, enabled: false } } });
    serve(fail);
    for (let n = 0; n < 8; n++) await assert.rejects(client.call("price"), /out of order/);
    assert.equal(calls, 8);
  });

  it("are repeated as the manifest says, while nobody serves the plugin", async () => {
    directory.add("shop", { errorHandling: { retryPolicy: { maxRetries: 20, initialDelay: 2, maxDelay: 10 } } });
    const price = client.call("price");
    await until(() => bus.stats().requests > 2);
    serve(() => 3);
    assert.equal(await price, 3);
    assert.equal(calls, 1);
  });

  it("are not repeated after the method has run, unless its error is named", async () => {
    const retryPolicy = { maxRetries: 2, initialDelay: 1 };
    directory.add("shop", { errorHandling: { retryPolicy } });
    serve(() => (calls < 5 ? fail() : calls));
    await assert.rejects(client.call("price"), /out of order/);
    assert.equal(calls, 1);
    directory.remove("shop");
    directory.add("shop", { errorHandling: { retryPolicy: { ...retryPolicy, retryableErrors: ["out of order"] } } });
    await assert.rejects(client.call("price"), /out of order/);
    assert.equal(calls, 4);
    assert.equal(await client.call("price"), 5);
  });

  it("are repeated within their timeout only", async () => {
    directory.add("shop", {
      errorHandling: { retryPolicy: { maxRetries: 100, initialDelay: 60_000, maxDelay: 60_000 } },
    });
    await assert.rejects(client.call("price", {}, { timeoutMs: 50 }), { code: "NOT_FOUND" });
  });
});
