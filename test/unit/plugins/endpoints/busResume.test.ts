import assert from "node:assert/strict";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { BusClient, type BusClientOptions } from "../../../support/plugins/busClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

describe("A session of the bus", () => {
  const principals = new FakePrincipals();
  const clients: BusClient[] = [];
  let bridge: TestBridge;
  let clock: TestClock | undefined;

  before(async () => {
    bridge = await startTestBridge({ principals });
  });

  afterEach(() => {
    clock?.release();
    clock = undefined;
    for (const client of clients.splice(0)) client.webSocket.close(1000);
  });

  after(() => bridge.dispose());

  const open = async (options: BusClientOptions = {}, lastId = 0): Promise<BusClient> => {
    const client = await BusClient.open(bridge, options, lastId);
    clients.push(client);
    return client;
  };
  const plugin = (name: string): Promise<BusClient> => open({ query: { name } });
  /** Breaks a connection, and waits until the bridge has noticed it. */
  const breakOff = async (client: BusClient): Promise<void> => {
    const { size } = bridge.core.clients;
    client.break();
    await until(() => bridge.core.clients.size === size - 1);
  };
  /** Connects again as a client does whose connection was broken. */
  const resume = async (client: BusClient): Promise<BusClient> => {
    client.break();
    await client.closed;
    const query = { session: String(client.ready["session"]), received: String(client.received) };
    return await open({ query }, client.lastId);
  };
  const payloadsOf = (client: BusClient) => client.messages.map(({ payload }) => payload);

  it("keeps its subscriptions and what waits for them, and loses and repeats nothing", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "t" });
    await a.do({ op: "publish", message: { topic: "t", payload: 1 } });
    await until(() => b.messages.length === 1);
    b.break();
    await b.closed;
    for (const payload of [2, 3]) await a.do({ op: "publish", message: { topic: "t", payload } });
    const again = await resume(b);
    await a.do({ op: "publish", message: { topic: "t", payload: 4 } });
    await until(() => again.messages.length === 3);
    assert.deepEqual(again.ready, { ...b.ready, resumed: true, lastOp: 1 });
    assert.deepEqual(payloadsOf(again), [2, 3, 4]);
    assert.deepEqual(
      again.frames.slice(1).map(({ number }) => number),
      [3, 4, 5],
    );
  });

  it("sends frames again that the client did not receive, and tells which operations were processed", async () => {
    const a = await plugin("a");
    await a.do({ op: "subscribe", subscription: 1, pattern: "t" });
    await a.do({ op: "publish", message: { topic: "t", payload: 1 } });
    await until(() => a.frames.length === 4);
    a.break();
    await a.closed;
    const query = { session: String(a.ready["session"]), received: "1" };
    const again = await open({ query }, a.lastId);
    await until(() => again.frames.length === 3);
    assert.equal(again.ready["lastOp"], 2);
    assert.deepEqual(again.frames.slice(1), a.frames.slice(2));
  });

  it("forgets the frames that the client has confirmed", async () => {
    const a = await plugin("a");
    await a.do({ op: "publish", message: { topic: "t" } });
    a.webSocket.send(JSON.stringify({ id: 2, op: "publish", message: { topic: "t" }, received: 1 }));
    await until(() => a.frames.length === 3);
    a.break();
    await a.closed;
    const query = { session: String(a.ready["session"]), received: "0" };
    const again = await open({ query });
    await until(() => again.frames.length === 2);
    assert.equal(again.ready["missed"], 1);
    assert.equal(again.frames[1]?.["number"], 2);
  });

  it("settles a request that was sent before the connection was broken", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/rpc" });
    const id = a.tell({ op: "request", message: { topic: "plugin/b/rpc" } });
    await b.waitForType("message");
    const again = await resume(a);
    await b.do({ op: "respond", correlationId: String(b.messages[0]?.["correlationId"]), payload: "late" });
    assert.equal((await again.waitFor((frame) => frame["id"] === id))["result"], "late");
  });

  it("answers a request that it received before its connection was broken for a moment", async () => {
    clock = TestClock.stopped();
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/rpc" });
    const asked = a.ask({ op: "request", message: { topic: "plugin/b/rpc" } });
    await b.waitForType("message");
    const again = await resume(b);
    await again.do({ op: "respond", correlationId: String(b.messages[0]?.["correlationId"]), payload: "here again" });
    assert.equal((await asked)["result"], "here again");
  });

  it("receives no requests while its client is away, which then have no responder", async () => {
    clock = TestClock.stopped();
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/**" });
    const asked = a.codeOf({ op: "request", message: { topic: "plugin/b/rpc", timeout: 600_000 } });
    await b.waitForType("message");
    await breakOff(b);
    clock.pass(500);
    assert.equal(await asked, "KIRO_UNAVAILABLE");
    assert.equal(await a.codeOf({ op: "request", message: { topic: "plugin/b/rpc" } }), "NOT_FOUND");
    const again = await resume(b);
    await again.waitForType("cancelled");
    const later = a.ask({ op: "request", message: { topic: "plugin/b/rpc" } });
    await again.waitForType("message");
    await again.do({ op: "respond", correlationId: String(again.messages[0]?.["correlationId"]), payload: 1 });
    assert.equal((await later)["result"], 1);
  });

  it("ends 30 s after its connection was broken", async () => {
    clock = TestClock.stopped();
    const b = await plugin("b");
    await breakOff(b);
    clock.pass(30_000);
    const again = await resume(b);
    assert.equal(again.ready["resumed"], false);
    assert.notEqual(again.ready["session"], b.ready["session"]);
  });

  it("ends with a close frame of its client", async () => {
    const a = await plugin("a");
    await a.close();
    const again = await open({ query: { session: String(a.ready["session"]) } });
    assert.equal(again.ready["resumed"], false);
  });

  it("goes over to the latest connection that resumes it", async () => {
    const a = await plugin("a");
    const query = { session: String(a.ready["session"]), received: "0" };
    const again = await open({ query });
    assert.equal((await a.closed).code, 4409);
    assert.equal(again.ready["resumed"], true);
    await again.do({ op: "publish", message: { topic: "t" } });
  });

  it("is not there for another principal, which gets a new one", async () => {
    const a = await plugin("a");
    const { token } = principals.add("spy", { scopes: ["bus:subscribe"] });
    const spy = await open({ token, query: { session: String(a.ready["session"]), received: "0" } });
    assert.equal(spy.ready["resumed"], false);
    assert.equal(spy.ready["name"], "client-spy");
  });

  it("reports the messages that were dropped while its client was away", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "t", options: { maxQueued: 10 } });
    await breakOff(b);
    for (let payload = 0; payload < 30; payload++) await a.do({ op: "publish", message: { topic: "t", payload } });
    const again = await resume(b);
    const lost = (): number =>
      again.frames.reduce((sum, { type, count }) => sum + (type === "messages-lost" ? Number(count) : 0), 0);
    await until(() => again.messages.length + lost() === 30);
    assert.ok(lost() >= 18, String(lost()));
    assert.equal(payloadsOf(again).at(-1), 29);
  });
});
