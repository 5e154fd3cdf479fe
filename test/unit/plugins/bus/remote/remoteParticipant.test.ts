import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { RemoteParticipant } from "../../../../../src/plugins/bus/remote/remoteParticipant.ts";
import { BridgeError, isBridgeError } from "../../../../../src/protocol/errors.ts";
import { ScriptedBridge } from "../../../../support/plugins/scriptedBridge.ts";
import { until } from "../../../../support/until.ts";
import { ManualClock } from "../../../../support/windows/manualClock.ts";

describe("A remote participant of the bus", () => {
  const message = (n: number, more = {}) => ({
    messageId: `m${n}`,
    timestamp: "2026-01-01T00:00:00.000Z",
    source: "b",
    destination: "*",
    topic: "t",
    messageType: "event" as const,
    priority: 5,
    headers: {},
    payload: n,
    metadata: {},
    ...more,
  });
  let clock: ManualClock;
  let bridge: ScriptedBridge;
  let errors: unknown[];
  let participant: RemoteParticipant;

  beforeEach(() => {
    clock = new ManualClock();
    bridge = new ScriptedBridge();
    errors = [];
    participant = new RemoteParticipant(
      { open: bridge.open, onError: (error) => errors.push(error), clock },
      { name: "a", offlineMs: 30_000 },
    );
  });

  afterEach(() => participant.dispose());

  const codeOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => assert.fail("it should have failed"),
      (thrown: unknown) => thrown,
    );
    assert.ok(isBridgeError(error), String(error));
    return error.code;
  };

  it("sends what was published before there was a connection", async () => {
    const published = participant.publish({ topic: "plugin.x.events", payload: 1 });
    assert.deepEqual(bridge.received, []);
    bridge.ready();
    const [operation] = bridge.ops("publish");
    assert.equal(operation?.message.topic, "plugin/x/events");
    bridge.push({ id: operation?.id ?? 0, result: null });
    await published;
  });

  it("calls a handler for one delivery at a time, in order, and acknowledges them", async () => {
    bridge.ready();
    const seen: unknown[] = [];
    let running = 0;
    participant.subscribe("t", async ({ message: { payload } }) => {
      assert.equal(++running, 1);
      await nextTurn();
      running--;
      seen.push(payload);
    });
    assert.equal(bridge.ops("subscribe")[0]?.pattern, "t");
    for (const n of [1, 2, 3]) bridge.push({ type: "message", subscription: 1, delivery: n, message: message(n) });
    await until(() => bridge.ops("ack").flatMap(({ deliveries }) => deliveries).length === 3);
    assert.deepEqual(seen, [1, 2, 3]);
    assert.deepEqual(
      bridge.ops("ack").flatMap(({ deliveries }) => deliveries),
      [1, 2, 3],
    );
  });

  it("refuses a delivery whose handler has thrown, and goes on with the next", async () => {
    bridge.ready();
    participant.subscribe("t", ({ message: { payload } }) => {
      if (payload === 1) throw new Error("not this one");
    });
    for (const n of [1, 2]) bridge.push({ type: "message", subscription: 1, delivery: n, message: message(n) });
    await until(() => bridge.ops("ack").length === 1);
    assert.deepEqual(
      bridge.ops("nack").map(({ delivery, error }) => ({ delivery, error })),
      [{ delivery: 1, error: "not this one" }],
    );
    assert.equal(participant.stats().handlerErrors, 1);
  });

  it("resumes after a broken connection without repeating or losing an operation", async () => {
    bridge.ready();
    const results = [1, 2, 3].map((n) => participant.publish({ topic: "t", payload: n }));
    bridge.push({ id: 1, result: null });
    bridge.break();
    const late = participant.publish({ topic: "t", payload: 4 });
    await clock.pass(1000);
    assert.deepEqual(
      [...(bridge.queries[1] ?? [])],
      [
        ["name", "a"],
        ["session", "s1"],
        ["received", "1"],
      ],
    );
    bridge.received.length = 0;
    // The bridge has processed the second one; its reply was lost with the connection.
    bridge.ready({ resumed: true, lastOp: 2 });
    assert.deepEqual(
      bridge.ops("publish").map(({ id, message: { payload } }) => [id, payload]),
      [
        [3, 3],
        [4, 4],
      ],
    );
    for (const id of [2, 3, 4]) bridge.push({ id, result: null });
    await Promise.all([...results, late]);
  });

  it("ignores a frame that it has received before", () => {
    bridge.ready();
    const seen: unknown[] = [];
    participant.subscribe("t", ({ message: { payload } }) => void seen.push(payload));
    bridge.push({ id: 1, result: null });
    bridge.push({ type: "message", subscription: 1, delivery: 1, message: message(1) });
    bridge.raw({ number: 2, type: "message", subscription: 1, delivery: 1, message: message(1) });
    assert.deepEqual(seen, [1]);
  });

  it("subscribes again in a new session, repeats publishes, and fails requests with a recoverable error", async () => {
    bridge.ready();
    participant.subscribe("a/*", () => undefined);
    bridge.push({ id: 1, result: null });
    const published = participant.publish({ topic: "t", payload: 1 });
    const requested = codeOf(participant.request({ topic: "plugin/b/rpc" }));
    const { messageId } = bridge.ops("publish")[0]?.message ?? {};
    bridge.break();
    await clock.pass(1000);
    bridge.received.length = 0;
    bridge.ready({ session: "s2" });
    assert.deepEqual(
      bridge.received.map(({ op, id }) => [op, id]),
      [
        ["subscribe", 1],
        ["publish", 2],
      ],
    );
    assert.equal(bridge.ops("publish")[0]?.message.messageId, messageId);
    bridge.push({ id: 1, result: null });
    bridge.push({ id: 2, result: null });
    await published;
    assert.equal(await requested, "KIRO_UNAVAILABLE");
  });

  it("aborts the signal of a request whose sender does not wait any more", async () => {
    bridge.ready();
    let signal: AbortSignal | undefined;
    participant.subscribe("t", (delivery) => {
      signal = delivery.signal;
    });
    const request = message(1, { messageType: "request", correlationId: "c" });
    bridge.push({ type: "message", subscription: 1, delivery: 7, message: request });
    await nextTurn();
    assert.equal(signal?.aborted, false);
    bridge.push({ type: "cancelled", delivery: 7 });
    assert.equal(signal?.aborted, true);
  });

  it("passes progress on, and cancels a request with its signal", async () => {
    bridge.ready();
    const progress: unknown[] = [];
    const abort = new AbortController();
    const requested = participant.request(
      { topic: "plugin/b/rpc" },
      { signal: abort.signal, onProgress: (payload) => progress.push(payload) },
    );
    bridge.push({ type: "progress", request: 1, payload: 50 });
    abort.abort(new Error("enough"));
    await assert.rejects(requested, /enough/);
    assert.deepEqual(progress, [50]);
    assert.equal(bridge.ops("cancel")[0]?.request, 1);
  });

  it("withdraws a request that was aborted before there was a connection", async () => {
    const abort = new AbortController();
    const requested = participant.request({ topic: "plugin/b/rpc" }, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await assert.rejects(requested, /enough/);
    bridge.ready();
    assert.deepEqual(bridge.received, []);
  });

  it("tells the subscriber how many messages were lost", async () => {
    bridge.ready();
    const lost: number[] = [];
    participant.subscribe("t", () => undefined, { onLost: (count) => lost.push(count) });
    bridge.push({ type: "messages-lost", subscription: 1, count: 3 });
    bridge.break();
    await clock.pass(1000);
    bridge.ready({ resumed: true, lastOp: 1, missed: 2 });
    assert.deepEqual(lost, [3, 2]);
  });

  it("fails what waits when there was no connection for too long, and works when there is one again", async () => {
    const first = codeOf(participant.publish({ topic: "t" }));
    await clock.pass(30_000);
    assert.equal(await first, "KIRO_UNAVAILABLE");
    assert.equal(await codeOf(participant.publish({ topic: "t" })), "KIRO_UNAVAILABLE");
    bridge.ready();
    const second = participant.publish({ topic: "t" });
    bridge.push({ id: bridge.ops("publish")[0]?.id ?? 0, result: null });
    await second;
  });

  it("ends with an error that another attempt does not cure", async () => {
    bridge.break(new BridgeError("CONFLICT", "Another principal has this name."));
    assert.equal(await codeOf(participant.publish({ topic: "t" })), "CONFLICT");
    await clock.pass(60_000);
    assert.equal(bridge.queries.length, 1);
    assert.equal(errors.length, 1);
  });

  it("rejects a message that is too large or cyclic, and sends nothing", async () => {
    bridge.ready();
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    assert.equal(await codeOf(participant.publish({ topic: "t", payload: cyclic })), "VALIDATION_FAILED");
    const large = "x".repeat(10 * 1024 * 1024);
    assert.equal(await codeOf(participant.publish({ topic: "t", payload: large })), "PAYLOAD_TOO_LARGE");
    assert.deepEqual(bridge.received, []);
  });

  it("rejects too many publishes that nobody waits for", async () => {
    const outcomes = Array.from({ length: 20_001 }, () => participant.publish({ topic: "t" }));
    const last = outcomes.pop();
    for (const outcome of outcomes) outcome.catch(() => undefined);
    assert.ok(last !== undefined);
    assert.equal(await codeOf(last), "RATE_LIMIT_EXCEEDED");
  });

  it("reports a subscription that the bridge refuses", async () => {
    bridge.ready();
    participant.subscribe("secret/**", () => undefined);
    const error = new BridgeError("ACCESS_DENIED", "no").toBody();
    bridge.push({ id: 1, error });
    await until(() => errors.length === 1);
    assert.equal(participant.stats().subscriptions, 0);
  });

  it("closes its session, and fails what is pending, when it is disposed", async () => {
    bridge.ready();
    const pending = codeOf(participant.request({ topic: "plugin/b/rpc" }));
    await participant.dispose();
    assert.equal(await pending, "KIRO_UNAVAILABLE");
    assert.equal(bridge.isClosed, true);
  });
});
