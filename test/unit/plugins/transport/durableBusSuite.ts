import assert from "node:assert/strict";
import type { Message } from "../../../../src/plugins/bus/message.ts";
import { describeBus, Inbox } from "../../../support/plugins/busUnderTest.ts";
import { until } from "../../../support/until.ts";

const durable = { maxDeliver: 3, backoffMs: [1] };

/** Durable subscriptions of participants. */
export const durableBusSuite = describeBus("durable subscriptions", (bus) => {
  it("deliver a message again until its handler fulfils, before the next one", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const calls: unknown[] = [];
    reader.subscribe(
      "kept/*",
      async ({ message }) => {
        calls.push([message.payload, message.metadata.deliveryCount]);
        if (message.payload === "fails" && calls.length < 3) throw new Error("not yet");
      },
      { durable },
    );
    const live = new Inbox(reader, "kept/**");
    await bus().flush();
    for (const payload of ["first", "fails", "last"]) await publisher.publish({ topic: "kept/x", payload });
    await until(() => calls.length >= 4, "all deliveries");
    assert.deepEqual(calls, [
      ["first", 1],
      ["fails", 1],
      ["fails", 2],
      ["last", 1],
    ]);
    await live.wait(3);
    assert.deepEqual(live.payloads, ["first", "fails", "last"]);
    assert.equal(reader.stats().handlerErrors, 1);
  });

  it("announce a message whose handler never fulfils as a dead letter", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const deliveries: Message[] = [];
    reader.subscribe(
      "kept/*",
      async ({ message }) => {
        deliveries.push(message);
        if (message.payload === "poison") throw new Error("cannot take it");
      },
      { durable },
    );
    const letters = new Inbox(reader, "dead-letter/**");
    await bus().flush();
    await publisher.publish({ topic: "kept/x", payload: "poison" });
    await publisher.publish({ topic: "kept/x", payload: "next" });
    const [letter] = await letters.wait(1);
    await until(() => deliveries.length === 4, "the message after it");
    assert.deepEqual([letter?.topic, letter?.source], ["dead-letter/kept/x", "kiro-bridge"]);
    const { error, deliveries: count, consumer, message } = letter?.payload ?? {};
    assert.deepEqual([error, count, consumer], ["cannot take it", 3, { name: "reader", pattern: "kept/*" }]);
    assert.deepEqual([message.payload, message.source], ["poison", "publisher"]);
    assert.equal(reader.stats().deadLetters, 1);
  });

  it("take what is filtered out or expired as acknowledged", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const received: unknown[] = [];
    reader.subscribe("kept/*", ({ message }) => void received.push(message.payload), {
      durable,
      filter: ({ payload }) => payload !== "unwanted",
    });
    await bus().flush();
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    await publisher.publish({ topic: "kept/x", payload: "unwanted" });
    await publisher.publish({ topic: "kept/x", payload: "expired", metadata: { expiresAt } });
    await publisher.publish({ topic: "kept/x", payload: "wanted" });
    await until(() => received.length > 0, "the message that is wanted");
    assert.deepEqual(received, ["wanted"]);
  });

  it("receive each message id of one source once", async () => {
    const publisher = bus().join("publisher");
    const received: unknown[] = [];
    bus()
      .join("reader")
      .subscribe("kept/*", ({ message }) => void received.push(message.payload), { durable });
    await bus().flush();
    for (let attempt = 0; attempt < 3; attempt++) {
      await publisher.publish({ topic: "kept/x", payload: "once", messageId: "id-1" });
    }
    await publisher.publish({ topic: "kept/x", payload: "end" });
    await until(() => received.includes("end"), "the last message");
    assert.deepEqual(received, ["once", "end"]);
  });

  it("continue after the end of one, with what it had not acknowledged", async () => {
    const publisher = bus().join("publisher");
    const first = bus().join("reader");
    const taken: unknown[] = [];
    const signals: AbortSignal[] = [];
    first.subscribe(
      "kept/*",
      ({ message, signal }) => {
        taken.push(message.payload);
        signals.push(signal);
        return message.payload === 1 ? undefined : new Promise(() => undefined);
      },
      { durable },
    );
    await bus().flush();
    for (const payload of [1, 2, 3]) await publisher.publish({ topic: "kept/x", payload });
    await until(() => taken.length === 2, "two deliveries");
    await first.dispose();
    assert.equal(signals[1]?.aborted, true);
    await publisher.publish({ topic: "kept/x", payload: 4 });
    const next = bus().join("reader");
    const received: unknown[] = [];
    next.subscribe("kept/*", ({ message }) => void received.push(message.payload), { durable });
    await until(() => received.length >= 3, "what was not acknowledged");
    assert.deepEqual(received, [2, 3, 4]);
  });

  it("receive an addressed message only as its destination", async () => {
    const publisher = bus().join("publisher");
    const received: string[] = [];
    for (const name of ["one", "two"]) {
      bus()
        .join(name)
        .subscribe("kept/*", ({ message }) => void received.push(`${name} ${message.payload}`), { durable });
    }
    await bus().flush();
    await publisher.publish({ topic: "kept/x", payload: "for two", destination: "two" });
    await publisher.publish({ topic: "kept/x", payload: "for all" });
    await until(() => received.length >= 3, "all deliveries");
    assert.deepEqual(new Set(received), new Set(["two for two", "one for all", "two for all"]));
    assert.equal(received.length, 3);
  });
});
