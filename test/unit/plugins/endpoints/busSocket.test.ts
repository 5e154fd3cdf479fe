import assert from "node:assert/strict";
import { until } from "../../../support/until.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { BusClient, type BusClientOptions } from "../../../support/plugins/busClient.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

describe("The WebSocket of the bus", () => {
  const principals = new FakePrincipals();
  const clients: BusClient[] = [];
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ principals });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.break();
  });

  after(() => bridge.dispose());

  const open = async (options: BusClientOptions = {}, lastId = 0): Promise<BusClient> => {
    const client = await BusClient.open(bridge, options, lastId);
    clients.push(client);
    return client;
  };
  const plugin = (name: string): Promise<BusClient> => open({ query: { name } });
  const payloadsOf = (client: BusClient) => client.messages.map(({ payload }) => payload);

  it("delivers a message of one plugin to another, with its source and its topic in slash form", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/a/*" });
    await a.do({ op: "publish", message: { topic: "plugin.a.events", payload: { n: 1 } } });
    await b.waitForType("message");
    const [message] = b.messages;
    assert.equal(message?.["source"], "a");
    assert.equal(message?.["topic"], "plugin/a/events");
    assert.deepEqual(message?.["payload"], { n: 1 });
    assert.deepEqual(a.messages, []);
  });

  it("passes a request to the plugin that it is addressed to, its progress and its response back", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/rpc" });
    const id = a.tell({ op: "request", message: { topic: "plugin/b/rpc", payload: { method: "ping" } } });
    await b.waitForType("message");
    const correlationId = String(b.messages[0]?.["correlationId"]);
    await b.do({ op: "progress", correlationId, payload: 50 });
    await b.do({ op: "respond", correlationId, payload: { result: "pong" } });
    const { payload } = await a.waitForType("progress");
    assert.equal(payload, 50);
    const { result } = await a.waitFor((frame) => frame["id"] === id);
    assert.deepEqual(result, { result: "pong" });
  });

  it("settles a request whose response has no payload", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/rpc" });
    const asked = a.ask({ op: "request", message: { topic: "plugin/b/rpc" } });
    await b.waitForType("message");
    await b.do({ op: "respond", correlationId: String(b.messages[0]?.["correlationId"]) });
    assert.equal((await asked)["result"], null);
  });

  it("fails a request to nobody at once", async () => {
    const a = await plugin("a");
    assert.equal(await a.codeOf({ op: "request", message: { topic: "plugin/nobody/rpc" } }), "NOT_FOUND");
  });

  it("cancels a request, and tells the plugin that nobody waits for it", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/rpc" });
    const id = a.tell({ op: "request", message: { topic: "plugin/b/rpc" } });
    const { delivery } = await b.waitForType("message");
    await a.do({ op: "cancel", request: id });
    assert.equal((await b.waitForType("cancelled"))["delivery"], delivery);
    assert.ok("error" in (await a.waitFor((frame) => frame["id"] === id)));
  });

  it("ends the requests of a plugin that was killed, within a second or so", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "plugin/b/rpc" });
    const asked = a.codeOf({ op: "request", message: { topic: "plugin/b/rpc", timeout: 600_000 } });
    await b.waitForType("message");
    b.break();
    assert.equal(await asked, "KIRO_UNAVAILABLE");
  });

  it("stops at the window of a subscription until deliveries are acknowledged", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "t", options: { window: 2 } });
    for (const payload of [1, 2, 3, 4]) await a.do({ op: "publish", message: { topic: "t", payload } });
    await b.do({ op: "publish", message: { topic: "other" } });
    assert.deepEqual(payloadsOf(b), [1, 2]);
    await b.do({ op: "ack", deliveries: [1, 2] });
    await until(() => b.messages.length === 4);
    assert.deepEqual(payloadsOf(b), [1, 2, 3, 4]);
  });

  it("ends a subscription", async () => {
    const [a, b] = [await plugin("a"), await plugin("b")];
    await b.do({ op: "subscribe", subscription: 1, pattern: "t" });
    await b.do({ op: "unsubscribe", subscription: 1 });
    await a.do({ op: "publish", message: { topic: "t" } });
    assert.equal(await b.codeOf({ op: "unsubscribe", subscription: 1 }), "NOT_FOUND");
    assert.deepEqual(b.messages, []);
  });

  it("replies with an error to frames that are no operations, and goes on", async () => {
    const a = await plugin("a");
    a.webSocket.send("{no json");
    a.webSocket.send(JSON.stringify({ id: 1, op: "steal" }));
    a.webSocket.send(JSON.stringify({ op: "publish", message: { topic: "t" } }));
    await until(() => a.frames.length === 4);
    const codes = a.frames.slice(1).map(({ id, error }) => [id, Object(error)["code"]]);
    assert.deepEqual(codes, [
      [null, "VALIDATION_FAILED"],
      [1, "VALIDATION_FAILED"],
      [null, "VALIDATION_FAILED"],
    ]);
    a.webSocket.send(JSON.stringify({ id: 2, op: "publish", message: { topic: "t" } }));
    assert.equal((await a.waitFor(({ id }) => id === 2))["result"], null);
  });

  it("rejects an operation whose ID is not greater than those before", async () => {
    const a = await plugin("a");
    a.webSocket.send(JSON.stringify({ id: 5, op: "publish", message: { topic: "t" } }));
    a.webSocket.send(JSON.stringify({ id: 4, op: "publish", message: { topic: "t" } }));
    const { error } = await a.waitFor(({ id }) => id === 4);
    assert.equal(Object(error)["code"], "VALIDATION_FAILED");
  });

  it("rejects a payload above 1 MiB, and closes the connection for a frame of 10 MB", async () => {
    const a = await plugin("a");
    const large = (bytes: number) => ({ topic: "t", payload: "x".repeat(bytes) });
    assert.equal(await a.codeOf({ op: "publish", message: large(1_100_000) }), "PAYLOAD_TOO_LARGE");
    a.tell({ op: "publish", message: large(10_000_000) });
    assert.equal((await a.closed).code, 1009);
  });

  it("closes the connection for a binary frame", async () => {
    const a = await plugin("a");
    a.webSocket.send(Buffer.from("{}"));
    assert.equal((await a.closed).code, 1003);
  });

  it("gives two clients of the user the same name, but not one of another principal", async () => {
    await plugin("a");
    await plugin("a");
    const scopes = ["bus:publish:plugin/a/**"] as const;
    const { token } = principals.add("other", { scopes });
    const refused = new BusClient(bridge.port, { token, query: { name: "a" } });
    assert.deepEqual(await refused.closed, { code: 409, reason: "CONFLICT" });
  });

  it("has one subprotocol", async () => {
    const a = await open({ protocols: ["kiro-bridge"] });
    assert.equal(a.webSocket.protocol, "kiro-bridge");
  });
});
