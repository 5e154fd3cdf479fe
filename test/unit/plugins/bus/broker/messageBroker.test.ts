import assert from "node:assert/strict";
import { MessageBroker } from "../../../../../src/plugins/bus/broker/messageBroker.ts";
import { EmbeddedTransport } from "../../../../../src/plugins/bus/embedded/embeddedTransport.ts";
import type { BusIdentity } from "../../../../../src/plugins/bus/participant.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { systemClock } from "../../../../../src/base/clock.ts";
import { embeddedBroker, hasCode, Inbox } from "../../../../support/plugins/busUnderTest.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";

const identity = (name: string, principalId = name): BusIdentity => ({
  name,
  principalId,
  mayPublish: () => true,
  maySubscribe: () => true,
});

describe("The broker of the bus", () => {
  it("has run synchronous handlers when a publish resolves", async () => {
    const broker = embeddedBroker();
    const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
    let calls = 0;
    b.subscribe("plugin/a/status", () => (calls += 1));
    for (let number = 1; number <= 20_000; number++) {
      await a.publish({ topic: "plugin/a/status" });
      assert.equal(calls, number);
    }
  });

  it("calls no handler before the publisher's code has ended", async () => {
    const broker = embeddedBroker();
    const a = broker.attach(identity("a"));
    const inbox = new Inbox(a, "t");
    const published = a.publish({ topic: "t" });
    assert.equal(inbox.messages.length, 0);
    await published;
    assert.equal(inbox.messages.length, 1);
  });

  it("calls subscriptions of higher priority first", async () => {
    const broker = embeddedBroker();
    const a = broker.attach(identity("a"));
    const calls: string[] = [];
    a.subscribe("t", () => calls.push("low"), { priority: 1 });
    a.subscribe("*", () => calls.push("usual"));
    a.subscribe("**", () => calls.push("high"), { priority: 9 });
    await a.publish({ topic: "t" });
    assert.deepEqual(calls, ["high", "usual", "low"]);
  });

  it("shares one frozen message among all subscriptions", async () => {
    const broker = embeddedBroker();
    const a = broker.attach(identity("a"));
    const inboxes = [new Inbox(a, "t"), new Inbox(a, "**")];
    await a.publish({ topic: "t", headers: { a: "b" }, metadata: { c: 1 }, payload: { d: {} } });
    const [first, second] = inboxes.map(({ messages }) => messages[0]);
    assert.equal(first, second);
    for (const part of [first, first?.headers, first?.metadata, first?.payload.d]) assert.ok(Object.isFrozen(part));
  });

  it("gives a name to one principal only", async () => {
    const broker = embeddedBroker();
    const first = broker.attach(identity("a", "one"));
    broker.attach(identity("a", "one"));
    assert.throws(() => broker.attach(identity("a", "two")), hasCode("CONFLICT"));
    for (const name of ["", "a/b", "*", "a b", "x".repeat(200), "-a"]) {
      assert.throws(() => broker.attach(identity(name)), hasCode("VALIDATION_FAILED"), name);
    }
    assert.equal(broker.stats().participants, 2);
    await first.dispose();
    assert.throws(() => broker.attach(identity("a", "two")), hasCode("CONFLICT"));
    assert.equal(broker.stats().participants, 1);
  });

  it("lets timers and input run while handlers answer each other without end", async () => {
    const broker = embeddedBroker();
    const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
    let messages = 0;
    let isOver = false;
    const answer = (topic: string) => () => {
      messages += 1;
      if (!isOver) void a.publish({ topic });
    };
    b.subscribe("ping", answer("pong"));
    b.subscribe("pong", answer("ping"));
    b.subscribe("self", answer("self"));
    await a.publish({ topic: "ping" });
    await a.publish({ topic: "self" });
    await until(() => messages > 20_000, "turns of the event loop");
    isOver = true;
  });

  it("loses nothing of a publisher that waits for each message, however many there are", async () => {
    const broker = embeddedBroker();
    const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
    const inboxes = Array.from({ length: 7 }, () => new Inbox(b, "t", { maxQueued: 10 }));
    for (let number = 0; number < 5000; number++) await a.publish({ topic: "t", payload: number });
    assert.deepEqual(
      inboxes.map(({ messages, lost }) => [messages.length, lost]),
      inboxes.map(() => [5000, 0]),
    );
  });

  it("sends the messages of a queue group past a member that is frozen", async () => {
    const broker = embeddedBroker();
    const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
    const frozen: unknown[] = [];
    b.subscribe(
      "t",
      ({ message }) => {
        frozen.push(message.payload);
        return new Promise(() => undefined);
      },
      { group: "workers" },
    );
    const inboxes = [new Inbox(b, "t", { group: "workers" }), new Inbox(b, "t", { group: "workers" })];
    for (let number = 0; number < 100; number++) await a.publish({ topic: "t", payload: number });
    assert.equal(frozen.length, 1);
    const [first = 0, second = 0] = inboxes.map(({ messages }) => messages.length);
    assert.equal(first + second, 99);
    assert.ok(Math.abs(first - second) <= 1);
  });

  it("counts what happens, by topic", async () => {
    const clock = TestClock.stopped();
    try {
      const broker = embeddedBroker();
      const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
      b.subscribe("t/*", () => undefined);
      b.subscribe("t/1", () => undefined);
      b.subscribe("plugin/b/rpc", ({ message }) => b.respond(message.correlationId ?? ""));
      for (let number = 0; number < 50; number++) await a.publish({ topic: "t.1" });
      clock.pass(5000);
      for (let number = 0; number < 5; number++) await a.publish({ topic: "t/1" });
      await a.publish({ topic: "nobody" });
      await a.request({ topic: "plugin/b/rpc" });
      await assert.rejects(a.request({ topic: "plugin/c/rpc" }));
      const { topics, ...counts } = broker.stats();
      assert.deepEqual(counts, {
        participants: 2,
        subscriptions: 3,
        pendingRequests: 0,
        published: 56,
        delivered: 111,
        undelivered: 1,
        expired: 0,
        lost: 0,
        duplicates: 0,
        deadLetters: 0,
        handlerErrors: 0,
        requests: 2,
        failedRequests: 1,
      });
      assert.deepEqual(topics[0], { topic: "t/1", published: 55, delivered: 110, perSecond: 11 });
      assert.deepEqual(
        topics.map(({ topic }) => topic),
        ["t/1", "nobody", "plugin/b/rpc", "plugin/c/rpc"],
      );
    } finally {
      clock.release();
    }
  });

  it("expires by monotonic time, though the clock on the wall goes back by an hour", async () => {
    const clock = TestClock.stopped();
    try {
      const broker = new MessageBroker({
        transport: new EmbeddedTransport(),
        clock: systemClock,
        logger: silentLogger,
      });
      const a = broker.attach(identity("a"));
      const release = Promise.withResolvers<void>();
      const received: unknown[] = [];
      a.subscribe("t", async ({ message }) => {
        received.push(message.payload);
        await release.promise;
      });
      const expiresAt = new Date(Date.now() + 60_000).toISOString();
      await a.publish({ topic: "t", payload: "first" });
      await a.publish({ topic: "t", payload: "expires", metadata: { expiresAt } });
      await a.publish({ topic: "t", payload: "last" });
      const realNow = Date.now;
      Date.now = () => realNow() - 3_600_000;
      try {
        clock.pass(61_000);
        release.resolve();
        await until(() => received.length === 2, "the last message");
      } finally {
        Date.now = realNow;
      }
      assert.deepEqual(received, ["first", "last"]);
      assert.equal(broker.stats().expired, 1);
    } finally {
      clock.release();
    }
  });

  it("rejects everything after its end", async () => {
    const broker = embeddedBroker();
    const [a, b] = [broker.attach(identity("a")), broker.attach(identity("b"))];
    b.subscribe("plugin/b/rpc", () => undefined);
    const waiting = assert.rejects(a.request({ topic: "plugin/b/rpc" }), hasCode("KIRO_UNAVAILABLE"));
    await broker.dispose();
    await waiting;
    await assert.rejects(a.publish({ topic: "t" }), hasCode("KIRO_UNAVAILABLE"));
    await assert.rejects(a.request({ topic: "t" }), hasCode("KIRO_UNAVAILABLE"));
    await assert.rejects(a.respond("id"), hasCode("KIRO_UNAVAILABLE"));
    assert.throws(() => broker.attach(identity("c")), hasCode("KIRO_UNAVAILABLE"));
  });
});
