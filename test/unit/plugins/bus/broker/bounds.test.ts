import assert from "node:assert/strict";
import type { BusIdentity } from "../../../../../src/plugins/bus/participant.ts";
import { embeddedBroker, hasCode, Inbox } from "../../../../support/plugins/busUnderTest.ts";

const identity = (name: string, principalId = name): BusIdentity => ({
  name,
  principalId,
  mayPublish: () => true,
  maySubscribe: () => true,
});

describe("The bounds of the bus", () => {
  it("are those that the guide names: 1 MiB of JSON, 100 levels, 1000 messages", async () => {
    const broker = embeddedBroker();
    const a = broker.attach(identity("a"));
    const largest = "x".repeat(1024 * 1024 - 2);
    await a.publish({ topic: "t", payload: largest });
    await assert.rejects(a.publish({ topic: "t", payload: `${largest}x` }), hasCode("PAYLOAD_TOO_LARGE"));
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    await a.publish({ topic: "t", payload: nested(100) });
    await assert.rejects(a.publish({ topic: "t", payload: nested(101) }), hasCode("VALIDATION_FAILED"));
    a.subscribe("t", () => new Promise(() => undefined));
    for (let number = 0; number < 1002; number++) await a.publish({ topic: "t" });
    assert.equal(broker.stats().lost, 1);
  });

  it("bound the bytes that wait for a frozen subscriber", async () => {
    const broker = embeddedBroker({ maxQueuedBytes: 100_000 });
    const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
    let lost = 0;
    b.subscribe("t", () => new Promise(() => undefined), { onLost: (count) => (lost += count) });
    const text = "x".repeat(10_000);
    const messages = [{ payload: text }, { headers: { text } }, { metadata: { text } }];
    for (let number = 0; number < 51; number++) await a.publish({ topic: "t", ...messages[number % 3] });
    assert.equal(lost, 51 - 1 - 9);
    assert.equal(broker.stats().lost, lost);
  });

  it("bound the bytes that wait for all subscriptions of one name, and leave others what is theirs", async () => {
    const broker = embeddedBroker({ maxBytesOfName: 100_000 });
    const [a, first, second] = [
      broker.attach(identity("a")),
      broker.attach(identity("b")),
      broker.attach(identity("b")),
    ];
    for (let number = 0; number < 20; number++) {
      for (const frozen of [first, second]) frozen.subscribe(`t/${number}`, () => new Promise(() => undefined));
    }
    const inbox = new Inbox(broker.attach(identity("c")), "t/*");
    for (let round = 0; round < 5; round++) {
      for (let number = 0; number < 20; number++) await a.publish({ topic: `t/${number}`, payload: "x".repeat(5000) });
    }
    assert.equal(inbox.messages.length, 100);
    // 40 handlers have one each, and some messages more may wait.
    const { lost } = broker.stats();
    assert.equal(lost, 40 * 5 - 40 - 18);
    await first.dispose();
    await second.dispose();
    broker.attach(identity("b")).subscribe("t/1", () => new Promise(() => undefined));
    for (let number = 0; number < 10; number++) await a.publish({ topic: "t/1", payload: "x".repeat(5000) });
    assert.equal(broker.stats().lost, lost);
  });

  it("weigh the objects of a payload, not its text alone", async () => {
    const broker = embeddedBroker({ maxQueuedBytes: 1_000_000 });
    const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
    b.subscribe("t", () => new Promise(() => undefined));
    const payload = Array.from({ length: 1000 }, () => []);
    for (let number = 0; number < 100; number++) await a.publish({ topic: "t", payload });
    assert.ok(broker.stats().lost > 80);
  });

  it("bound subscriptions, waiting requests and what may wait", async () => {
    const broker = embeddedBroker({ maxSubscriptions: 2, maxPendingRequests: 2 });
    const a = broker.attach(identity("a"));
    a.subscribe("t", () => undefined);
    const second = a.subscribe("t", () => undefined);
    assert.throws(() => a.subscribe("t", () => undefined), hasCode("RATE_LIMIT_EXCEEDED"));
    second.unsubscribe();
    a.subscribe("t", () => undefined);
    const waiting = [a.request({ topic: "t" }), a.request({ topic: "t" })];
    await assert.rejects(a.request({ topic: "t" }), hasCode("RATE_LIMIT_EXCEEDED"));
    const ended = Promise.allSettled(waiting);
    await a.dispose();
    await ended;
    const b = broker.attach(identity("b"));
    for (const maxQueued of [0, -1, 1.5, 1e9]) {
      assert.throws(() => b.subscribe("t", () => undefined, { maxQueued }), hasCode("VALIDATION_FAILED"));
    }
    assert.throws(() => b.subscribe("t", () => undefined, { group: "a b" }), hasCode("VALIDATION_FAILED"));
    assert.throws(() => b.subscribe("t", () => undefined, { durable: true }), hasCode("VALIDATION_FAILED"));
  });

  it("keep a bounded number of topics", async () => {
    const broker = embeddedBroker();
    const a = broker.attach(identity("a"));
    const inbox = new Inbox(a, "**", { maxQueued: 20_000 });
    for (let number = 0; number < 10_000; number++) await a.publish({ topic: `t/${number}` });
    await a.publish({ topic: "t/0" });
    await inbox.wait(10_001);
    assert.equal(broker.stats().topics.length, 500);
  });

  it("accept a repeated id again if its first publish failed, and forget the oldest of many", async () => {
    const broker = embeddedBroker();
    const a = broker.attach(identity("a"));
    const inbox = new Inbox(a, "t", { maxQueued: 10_000 });
    await assert.rejects(a.publish({ topic: "t", messageId: "1", priority: 0 }));
    await a.publish({ topic: "t", messageId: "1" });
    for (let number = 2; number <= 1001; number++) await a.publish({ topic: "t", messageId: `${number}` });
    await a.publish({ topic: "t", messageId: "1001" });
    assert.equal(inbox.messages.length, 1001);
    await a.publish({ topic: "t", messageId: "1" });
    assert.equal(inbox.messages.length, 1002);
    assert.equal(broker.stats().duplicates, 1);
  });
});
