import assert from "node:assert/strict";
import {
  CircuitBreaker,
  DistributedStateManager,
  getMessageBus,
  isBridgeError,
  isRpcError,
  resetMessageBus,
  RPCClient,
  RPCServer,
} from "../../../../src/plugins/sdk/index.ts";
import { until } from "../../../support/until.ts";

const failsWith = (code: string) => (error: unknown) => isRpcError(error) && error.code === code;

describe("Calls in a process without a bridge", () => {
  beforeEach(resetMessageBus);
  afterEach(resetMessageBus);

  it("return the bare result of the method", async () => {
    const server = new RPCServer("plugin://one/rpc");
    server.register("add", async ({ a, b }, { caller }) => ({ sum: a + b, caller }));
    const client = new RPCClient("plugin://one/rpc");
    assert.deepEqual(await client.call("add", { a: 1, b: 2 }), { sum: 3, caller: "one" });
  });

  it("are made by the first plugin of the process, of which there must be one", async () => {
    assert.throws(
      () => new RPCClient("plugin://one/rpc"),
      (error) => isBridgeError(error) && error.code === "CONFIGURATION_ERROR",
    );
    getMessageBus("first");
    new RPCServer("plugin://one/rpc").register("who", (_params, { caller }) => caller);
    assert.equal(await new RPCClient("plugin://one/rpc").call("who"), "first");
  });

  for (const endpoint of ["one", "plugin://one", "plugin://One/rpc", "plugin://one/rpc/x", "http://one/rpc"]) {
    it(`reject the endpoint ${endpoint}`, () => {
      getMessageBus("first");
      const isInvalid = (error: unknown): boolean => isBridgeError(error) && error.code === "VALIDATION_FAILED";
      assert.throws(() => new RPCServer(endpoint), isInvalid);
      assert.throws(() => new RPCClient(endpoint), isInvalid);
    });
  }

  it("end with the message bus, and begin again with the next method", async () => {
    const client = new RPCClient((getMessageBus("first"), "plugin://one/rpc"));
    const server = new RPCServer("plugin://one/rpc");
    server.register("ping", () => "pong");
    getMessageBus("one").clear();
    await assert.rejects(client.call("ping"), failsWith("NOT_FOUND"));
    server.register("ping", () => "pong again");
    assert.equal(await client.call("ping"), "pong again");
    getMessageBus("first").clear();
    assert.equal(await client.call("ping"), "pong again");
    server.unregister("ping");
    await assert.rejects(client.call("ping"), failsWith("NOT_FOUND"));
    server.dispose();
    await assert.rejects(client.call("ping"), failsWith("NOT_FOUND"));
  });
});

describe("Circuit breakers in a process without a bridge", () => {
  beforeEach(resetMessageBus);
  afterEach(resetMessageBus);
  const fail = (): Promise<never> => Promise.reject(new Error("out of order"));

  it("publish the changes of their state in the name of their plugin", async () => {
    const seen: unknown[] = [];
    getMessageBus("observer").subscribe("plugin/*/circuit-breaker", ({ source, topic, payload }) => {
      seen.push([source, topic, payload.state, payload.failures]);
    });
    getMessageBus("shop");
    const circuit = new CircuitBreaker("shop", { threshold: 1 });
    await assert.rejects(circuit.execute(fail), /out of order/);
    assert.equal(await circuit.execute(fail, async () => "cached"), "cached");
    await until(() => seen.length > 0);
    assert.deepEqual(seen, [["shop", "plugin/shop/circuit-breaker", "open", 1]]);
  });

  it("work without a message bus", async () => {
    const circuit = new CircuitBreaker("shop", { threshold: 1 });
    await assert.rejects(circuit.execute(fail), /out of order/);
    assert.equal(circuit.getState(), "open");
  });
});

describe("Shared state in a process without a bridge", () => {
  beforeEach(resetMessageBus);
  afterEach(resetMessageBus);

  it("is the same for all of a plugin, and is exported to others", async () => {
    const one = new DistributedStateManager("shop");
    const two = new DistributedStateManager("shop");
    await Promise.all([one.ready(), two.ready()]);
    one.incrementCounter("sold", 2);
    two.incrementCounter("sold", 3);
    one.addToSet("articles", { name: "tea" });
    one.setRegister("currency", "EUR");
    await until(() => one.getCounter("sold") === 5 && two.getRegister("currency") === "EUR");
    assert.deepEqual([two.getCounter("sold"), two.getSet("articles")], [5, [{ name: "tea" }]]);
    await one.exportState("prices", { tea: 450 });
    const other = new DistributedStateManager("billing");
    assert.deepEqual(await other.importState("shop", "prices"), { tea: 450 });
    await assert.rejects(
      other.importState("shop", "unknown"),
      (error) => isBridgeError(error) && error.code === "NOT_FOUND",
    );
  });

  it("is kept while the process runs, also when the message bus of its plugin is cleared", async () => {
    const before = new DistributedStateManager("shop");
    before.incrementCounter("sold");
    await before.flush();
    getMessageBus("shop").clear();
    const after = new DistributedStateManager("shop");
    await after.ready();
    assert.equal(after.getCounter("sold"), 1);
    await getMessageBus("shop").close();
  });

  it("sends what was written when the message bus is closed", async () => {
    const before = new DistributedStateManager("shop");
    await before.ready();
    before.incrementCounter("sold");
    await getMessageBus("shop").close();
    const after = new DistributedStateManager("shop");
    await after.ready();
    assert.equal(after.getCounter("sold"), 1);
  });
});
