import assert from "node:assert/strict";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { BusClient } from "../../../support/plugins/busClient.ts";
import { BusReader, type BusReaderOptions } from "../../../support/plugins/busReader.ts";
import { startTestBridge, type TestBridge } from "../../../support/testBridge.ts";

describe("The bus without a WebSocket", () => {
  const principals = new FakePrincipals();
  const readers: BusReader[] = [];
  let bridge: TestBridge;

  before(async () => {
    bridge = await startTestBridge({ principals });
  });

  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });

  after(() => bridge.dispose());

  const read = async (options: BusReaderOptions = {}): Promise<BusReader> => {
    const reader = await BusReader.open(bridge, options);
    readers.push(reader);
    return reader;
  };
  const post = (body: object, query: Record<string, string> = {}) =>
    bridge.call(`/api/kiro/bus?${String(new URLSearchParams(query))}`, { body });
  const publish = (topic: string, payload: unknown) => post({ op: "publish", message: { topic, payload } });

  it("streams what is published, with the frames of the WebSocket", async () => {
    const socket = await BusClient.open(bridge, { query: { name: "socket" } });
    await socket.do({ op: "subscribe", subscription: 1, pattern: "build/**" });
    const reader = await read({ query: { name: "stream", subscribe: "build/**,other" } });
    for (const n of [1, 2, 3]) assert.equal((await publish("build/done", n)).status, 200);
    await until(() => reader.payloads.length === 3 && socket.messages.length === 3);
    const messagesOf = (frames: readonly Record<string, unknown>[]) =>
      frames.filter(({ type }) => type === "message").map(({ number: _number, ...frame }) => frame);
    assert.deepEqual(messagesOf(reader.frames), messagesOf(socket.frames));
    assert.deepEqual(reader.types, ["ready", "message", "message", "message"]);
    await socket.close();
  });

  it("performs operations in the session of a stream", async () => {
    const reader = await read({ query: { name: "late" } });
    const { session } = reader;
    const subscribed = await post({ op: "subscribe", subscription: 4, pattern: "late/*" }, { session });
    assert.deepEqual(subscribed.json, { result: null });
    await post({ op: "publish", message: { topic: "late/one", payload: "mine" } }, { session });
    await until(() => reader.payloads.length === 1);
    const { subscription, message } = reader.frames[1] ?? {};
    assert.deepEqual([subscription, Object(message)["source"]], [4, "late"]);
  });

  it("answers a request, and reports its progress in the stream", async () => {
    const asking = await read({ query: { name: "asking" } });
    const answering = await read({ query: { name: "answering", subscribe: "plugin/answering/rpc" } });
    const operation = { id: 7, op: "request", message: { topic: "plugin/answering/rpc", payload: 1 } };
    const asked = post(operation, { session: asking.session });
    await until(() => answering.payloads.length === 1);
    const { correlationId } = Object(answering.frames[1]?.["message"]);
    const { session } = answering;
    await post(
      [
        { op: "progress", correlationId, payload: "half" },
        { op: "respond", correlationId, payload: 2 },
      ],
      { session },
    );
    assert.deepEqual((await asked).json, { id: 7, result: 2 });
    await until(() => asking.frames.length === 2);
    assert.deepEqual(asking.frames[1], { number: 1, type: "progress", request: 7, payload: "half" });
  });

  it("performs a list of operations in its order, with a reply for each", async () => {
    const reader = await read({ query: { subscribe: "list" } });
    const message = { topic: "list" };
    const { status, json } = await post([
      { id: 1, op: "publish", message: { ...message, payload: 1 } },
      { op: "publish", message: { ...message, payload: 2 } },
      { id: 3, op: "request", message: { topic: "plugin/nobody/rpc" } },
      { id: 4, op: "subscribe", subscription: 1, pattern: "list" },
    ]);
    assert.equal(status, 200);
    const replies: unknown[] = Array.isArray(json["replies"]) ? json["replies"] : [];
    assert.deepEqual(replies.slice(0, 2), [{ id: 1, result: null }, { result: null }]);
    const codes = replies.slice(2).map((reply) => [Object(reply).id, Object(reply).error.code]);
    assert.deepEqual(codes, [
      [3, "NOT_FOUND"],
      [4, "VALIDATION_FAILED"],
    ]);
    await until(() => reader.payloads.length === 2);
    assert.deepEqual(reader.payloads, [1, 2]);
  });

  it("resumes after `Last-Event-ID`, and repeats nothing", async () => {
    const reader = await read({ query: { name: "resuming", subscribe: "resume" } });
    await publish("resume", 1);
    await until(() => reader.payloads.length === 1);
    const { lastEventId } = reader;
    reader.close();
    await reader.ended;
    for (const n of [2, 3]) await publish("resume", n);
    const again = await read({ query: { name: "resuming", subscribe: "resume" }, lastEventId });
    await publish("resume", 4);
    await until(() => again.payloads.length === 3);
    assert.equal(again.frames[0]?.["resumed"], true);
    assert.deepEqual(again.payloads, [2, 3, 4]);
  });

  it("waits for the response to a request, and cancels it when the client disconnects", async () => {
    const answering = await read({ query: { name: "slow", subscribe: "plugin/slow/rpc" } });
    const abort = new AbortController();
    const headers = { Authorization: `Bearer ${principals.add("asker", { scopes: ["bus:publish"] }).token}` };
    const body = JSON.stringify({ op: "request", message: { topic: "plugin/slow/rpc" } });
    const asked = fetch(`http://127.0.0.1:${bridge.port}/api/kiro/bus`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body,
      signal: abort.signal,
    });
    await until(() => answering.payloads.length === 1);
    abort.abort();
    await assert.rejects(asked);
    await until(() => answering.types.includes("cancelled"));
  });

  it("rejects a session of another principal, as one that does not exist", async () => {
    const { session } = await read();
    const spy = principals.add("spy", { scopes: ["bus:publish", "bus:subscribe"] });
    const body = { op: "publish", message: { topic: "t" } };
    const answer = await bridge.callAs(spy, `/api/kiro/bus?session=${session}`, { body });
    assert.equal(answer.status, 404);
    const reader = await read({ token: spy.token, query: { session } });
    assert.equal(reader.frames[0]?.["resumed"], false);
    assert.notEqual(reader.session, session);
  });

  it("rejects a name that another principal has", async () => {
    await read({ query: { name: "taken" } });
    const other = principals.add("other", { scopes: ["bus:publish:plugin/taken/**", "bus:subscribe"] });
    const body = { op: "publish", message: { topic: "plugin/taken/events" } };
    assert.equal((await bridge.callAs(other, "/api/kiro/bus?name=taken", { body })).status, 409);
    assert.equal((await bridge.callAs(other, "/api/kiro/bus/messages?name=taken")).status, 409);
  });

  it("rejects operations beyond the pace of a principal, and not those of others", async () => {
    const hasty = principals.add("hasty", { scopes: ["bus:publish"] });
    const body = Array.from({ length: 100 }, () => ({ op: "publish", message: { topic: "hasty" } }));
    const statuses: number[] = [];
    const clock = TestClock.stopped();
    try {
      for (let n = 0; n < 115; n++) statuses.push((await bridge.callAs(hasty, "/api/kiro/bus", { body })).status);
    } finally {
      clock.release();
    }
    // 10,000 at once, and those of 100 ms ahead.
    assert.ok(statuses.slice(0, 100).every((status) => status === 200));
    assert.equal(statuses.at(-1), 429);
    assert.equal((await publish("hasty", 1)).status, 200);
  });

  it("opens with a ticket, as a page does", async () => {
    const { json } = await bridge.call("/api/kiro/tickets", { method: "POST" });
    const url = `http://127.0.0.1:${bridge.port}/api/kiro/bus/messages?ticket=${String(json["ticket"])}`;
    const abort = new AbortController();
    const { status } = await fetch(url, { signal: abort.signal });
    assert.equal(status, 200);
    assert.equal((await fetch(url)).status, 401);
    abort.abort();
  });

  it("rejects parameters, bodies and patterns that are not valid", async () => {
    const get = async (query: string) => (await bridge.call(`/api/kiro/bus/messages?${query}`)).status;
    assert.equal(await get("nmae=a"), 400);
    assert.equal(await get("name=A+b"), 400);
    assert.equal(await get("subscribe=a//b"), 400);
    for (const body of [{}, [], { op: "steal" }, { op: "publish", message: {} }, { op: "publish", source: "x" }])
      assert.equal((await post(body)).status, 400, JSON.stringify(body));
  });
});
