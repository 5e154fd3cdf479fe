import assert from "node:assert/strict";
import { describeBus, Inbox } from "../../../support/plugins/busUnderTest.ts";
import { until } from "../../../support/until.ts";

const FLOOD = 100_000;

/** Subscribers do nothing to each other and to publishers. */
export const subscriberSuite = describeBus("subscribers", (bus) => {
  it("keeps a subscriber that throws, rejects or never ends from the others and from the publisher", async () => {
    const publisher = bus().join("publisher");
    const bad = bus().join("bad");
    const seen: string[] = [];
    bad.subscribe("events/a", () => {
      seen.push("throws");
      throw new Error("a subscriber throws");
    });
    bad.subscribe("events/*", async () => {
      seen.push("rejects");
      throw new Error("a subscriber rejects");
    });
    bad.subscribe("**", () => {
      seen.push("never ends");
      return new Promise(() => undefined);
    });
    bad.subscribe("events/a", () => undefined, {
      filter: () => {
        throw new Error("a filter throws");
      },
    });
    const inbox = new Inbox(bus().join("reader"), "events/a");
    await bus().flush();
    await publisher.publish({ topic: "events/a", payload: 1 });
    await publisher.publish({ topic: "events/a", payload: 2 });
    await inbox.wait(2);
    await until(() => seen.length >= 5, "five calls of bad handlers");
    assert.deepEqual(seen.toSorted(), ["never ends", "rejects", "rejects", "throws", "throws"]);
    await until(() => bad.stats().handlerErrors === 6, "the count of all failures");
  });

  it("hands one message at a time to a handler", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    let running = 0;
    let most = 0;
    let done = 0;
    reader.subscribe("slow/*", async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      done += 1;
    });
    await bus().flush();
    for (let number = 0; number < 20; number++) await publisher.publish({ topic: "slow/x" });
    await until(() => done === 20, "20 messages");
    assert.equal(most, 1);
  });

  it("delivers what waits by priority, and in order within one", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const received: string[] = [];
    const first = Promise.withResolvers<void>();
    reader.subscribe("queue/*", async ({ message }) => {
      received.push(message.payload);
      if (message.payload === "first") await first.promise;
    });
    const arrived = new Inbox(reader, "queue/*");
    await bus().flush();
    await publisher.publish({ topic: "queue/x", payload: "first" });
    await until(() => received.length === 1, "the first message");
    const priorities = [1, 5, 10, 5, 1, 10];
    for (const [index, priority] of priorities.entries()) {
      await publisher.publish({ topic: "queue/x", payload: `${priority} ${index}`, priority });
    }
    await arrived.wait(7);
    first.resolve();
    await until(() => received.length === 7, "all messages");
    assert.deepEqual(received, ["first", "10 2", "10 5", "5 1", "5 3", "1 0", "1 4"]);
  });

  it("drops and counts messages that expire before the handler takes them", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const inbox = new Inbox(reader, "timed/*");
    await bus().flush();
    const past = new Date(Date.now() - 1000).toISOString();
    const future = new Date(Date.now() + 600_000).toISOString();
    await publisher.publish({ topic: "timed/x", payload: "past", metadata: { expiresAt: past } });
    await publisher.publish({ topic: "timed/x", payload: "future", metadata: { expiresAt: future } });
    await inbox.wait(1);
    assert.deepEqual(inbox.payloads, ["future"]);
    assert.equal(inbox.messages[0]?.metadata.expiresAt, future);
    assert.equal(reader.stats().expired, 1);
  });

  it("gives a filter what it selects", async () => {
    const publisher = bus().join("publisher");
    const urgent = new Inbox(bus().join("reader"), "system/*", { filter: ({ priority }) => priority >= 8 });
    await bus().flush();
    for (const priority of [1, 8, 5, 10]) await publisher.publish({ topic: "system/x", payload: priority, priority });
    await urgent.wait(2);
    // If both wait at the same time, the second one is first.
    assert.deepEqual(new Set(urgent.payloads), new Set([8, 10]));
  });

  it("bounds what waits for a frozen subscriber, tells it what was lost, and delivers all to the others", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    let lost = 0;
    const frozen = Promise.withResolvers<void>();
    const received: number[] = [];
    reader.subscribe(
      "flood/*",
      async ({ message }) => {
        received.push(message.payload);
        await frozen.promise;
      },
      { onLost: (count) => (lost += count), maxQueued: 100 },
    );
    let others = 0;
    reader.subscribe("flood/*", () => (others += 1), { maxQueued: FLOOD });
    await bus().flush();
    await publisher.publish({ topic: "flood/x", payload: 0 });
    await until(() => received.length === 1, "the message that the handler keeps");
    for (let number = 1; number < FLOOD; number++) await publisher.publish({ topic: "flood/x", payload: number });
    await until(() => others === FLOOD, "all messages of the flood");
    await until(() => lost === FLOOD - 101, "the report of what was lost");
    assert.equal(reader.stats().lost, FLOOD - 101);
    frozen.resolve();
    await until(() => received.length === 101, "the messages that still waited");
    assert.equal(received[0], 0);
    assert.deepEqual(
      received.slice(1),
      Array.from({ length: 100 }, (_, index) => FLOOD - 100 + index),
    );
  });

  it("receives nothing after unsubscribing, and its deliveries' signals abort", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const signals: AbortSignal[] = [];
    const received: unknown[] = [];
    const subscription = reader.subscribe("ended/*", ({ message, signal }) => {
      received.push(message.payload);
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const other = new Inbox(reader, "ended/*");
    await bus().flush();
    await publisher.publish({ topic: "ended/x", payload: 1 });
    await publisher.publish({ topic: "ended/x", payload: 2 });
    await until(() => received.length === 1, "the first message");
    subscription.unsubscribe();
    subscription.unsubscribe();
    await publisher.publish({ topic: "ended/x", payload: 3 });
    await other.wait(3);
    assert.deepEqual(received, [1]);
    assert.equal(signals[0]?.aborted, true);
  });

  it("does not let a subscriber or the publisher change what others receive", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    reader.subscribe("shared/*", ({ message }) => {
      message.payload.list.push("changed");
    });
    const inbox = new Inbox(reader, "shared/*");
    await bus().flush();
    const payload = { list: ["as published"] };
    const sent = publisher.publish({ topic: "shared/x", payload });
    payload.list[0] = "changed afterwards";
    await sent;
    await inbox.wait(1);
    assert.deepEqual(inbox.payloads, [{ list: ["as published"] }]);
  });
});
