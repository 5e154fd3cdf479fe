import assert from "node:assert/strict";
import type { Packet } from "../../../../src/plugins/bus/transport.ts";
import { consumerOf, packetOf, Received } from "../../../support/plugins/durableMessages.ts";
import { type DurablePlace, DurableWorld } from "../../../support/plugins/durableWorld.ts";
import { until } from "../../../support/until.ts";
import { deadLetterSuite } from "./deadLetterSuite.ts";

const byText = (a: unknown, b: unknown): number => String(a).localeCompare(String(b));

/** The promises of durable topics, which hold for each transport. */
export function durableSuite(createPlace: () => Promise<DurablePlace>): void {
  const world = new DurableWorld(createPlace);
  describe("keeps", () => keeps(world));
  describe("delivers in order", () => {
    deliversInOrder(world);
    deliversAhead(world);
  });
  describe("after a restart", () => survivesRestart(world));
  describe("with several subscribers", () => deliversToEach(world));
  describe("dead letters", () => deadLetterSuite(world));
}

/** Messages until they are acknowledged. */
function keeps(world: DurableWorld): void {
  it("keeps messages for a consumer that is known, until it subscribes", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish(1, 2, 3);
    const received = new Received();
    world.consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(3), [1, 2, 3]);
    assert.deepEqual(received.counts, [1, 1, 1]);
  });

  it("delivers the whole message", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    const packet = packetOf({
      correlationId: "c",
      priority: 9,
      messageType: "command",
      headers: { traceId: "t", spanId: "s" },
      payload: { text: "line\nä 😀\u2028", list: [null, 1.5, true] },
      metadata: { retryCount: 2, own: ["x"] },
    });
    await world.bridge.publish(packet);
    const received = new Received();
    world.consume(consumerOf("a"), received.take);
    await received.all(1);
    const { metadata, ...message } = packet.message;
    assert.deepEqual(received.packets[0]?.message, { ...message, metadata: { ...metadata, deliveryCount: 1 } });
  });

  it("does not deliver a message that has expired", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    const expiresAt = new Date(Date.now() - 1).toISOString();
    await world.bridge.publish(packetOf({ payload: "expired", metadata: { expiresAt } }, 0));
    await world.publish("valid");
    await world.restart();
    const received = new Received();
    world.consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(1), ["valid"]);
  });

  it("accepts messages that no consumer waits for", async () => {
    await world.bridge.durable.declareTopics("plugin/publisher/**");
    await world.publish(1);
    const received = new Received();
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    world.consume(consumerOf("a"), received.take);
    await world.publish(2);
    assert.deepEqual(await received.all(1), [2]);
  });
}

/** Failures change no order. */
function deliversInOrder(world: DurableWorld): void {
  it("delivers the next message when the last one was acknowledged", async () => {
    const received = new Received();
    const first = Promise.withResolvers<void>();
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish(1, 2);
    world.consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      await first.promise;
    });
    assert.deepEqual(await received.all(1), [1]);
    await world.publish(3);
    assert.deepEqual(received.payloads, [1]);
    first.resolve();
    assert.deepEqual(await received.all(3), [1, 2, 3]);
  });

  it("delivers a message again after a failure, before those after it", async () => {
    const received = new Received();
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish("fails twice", "next");
    world.consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      if (received.packets.length <= 2) throw new Error("not yet");
    });
    assert.deepEqual(await received.all(4), ["fails twice", "fails twice", "fails twice", "next"]);
    assert.deepEqual(received.counts, [1, 2, 3, 1]);
    assert.equal(world.bridge.durable.deadLetters.count, 0);
  });
}

/** Deliveries before the acknowledgement of the one before. */
function deliversAhead(world: DurableWorld): void {
  it("keeps the order when it delivers ahead and a message fails", async () => {
    const handled: unknown[] = [];
    const failures = new Map<unknown, number>([
      [3, 1],
      [7, 2],
      [8, 1],
    ]);
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish(...Array.from({ length: 20 }, (_, index) => index));
    let failedRound = 0;
    let last: Promise<void> = Promise.resolve();
    const handle = async ({ message: { payload } }: Packet, round: number): Promise<void> => {
      if (round <= failedRound) throw new Error("discarded");
      const left = failures.get(payload) ?? 0;
      failures.set(payload, left - 1);
      if (left > 0) failedRound = round;
      if (left > 0) throw new Error("fails");
      handled.push(payload);
    };
    const take = (packet: Packet, round: number): Promise<void> => {
      const done = last.then(() => handle(packet, round));
      last = done.catch(() => undefined);
      return done;
    };
    world.consume(consumerOf("a"), take, 8);
    await until(() => handled.length >= 20);
    assert.deepEqual(
      handled,
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.equal(world.bridge.durable.deadLetters.count, 0);
  });
}

/** The bridge starts again. */
function survivesRestart(world: DurableWorld): void {
  it("keeps what is not acknowledged over a restart, and nothing else", async () => {
    const received = new Received();
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish(1, 2, 3, 4);
    const never = Promise.withResolvers<void>();
    world.consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      if (received.packets.length === 3) await never.promise;
    });
    await received.all(3);
    await world.restart();
    never.resolve();
    const again = new Received();
    world.consume(consumerOf("a", { maxDeliver: 10 }), again.take);
    await world.publish(5);
    assert.deepEqual(await again.all(3), [3, 4, 5]);
  });

  it("stores a repeated publish once, also after a restart", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    const packet = packetOf({ messageId: "once", payload: "once" });
    await Promise.all([world.bridge.publish(packet), world.bridge.publish(packet)]);
    await world.bridge.publish(packet);
    const received = new Received();
    world.consume(consumerOf("a"), received.take);
    await received.all(1);
    await world.restart();
    await world.bridge.publish(packet);
    await world.bridge.publish(packetOf({ messageId: "once", source: "another", payload: "of another" }));
    const later = new Received();
    world.consume(consumerOf("a"), later.take);
    assert.deepEqual(await later.all(1), ["of another"]);
    assert.deepEqual(received.payloads, ["once"]);
  });

  it("delivers to a consumer of an earlier run without a word from it", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.restart();
    await world.publish(1);
    await world.restart();
    const received = new Received();
    world.consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(1), [1]);
  });
}

/** Consumers, and subscriptions of one consumer. */
function deliversToEach(world: DurableWorld): void {
  it("delivers to each consumer whose pattern matches, and an addressed message to its destination", async () => {
    const a = new Received();
    const b = new Received();
    const narrow = new Received();
    world.consume(consumerOf("a"), a.take);
    world.consume(consumerOf("b", { pattern: "plugin/*/events" }), b.take);
    world.consume(consumerOf("b", { pattern: "plugin/publisher/jobs/*" }), narrow.take);
    await Promise.all([
      world.bridge.durable.declareConsumer(consumerOf("a")),
      world.bridge.durable.declareConsumer(consumerOf("b", { pattern: "plugin/*/events" })),
      world.bridge.durable.declareConsumer(consumerOf("b", { pattern: "plugin/publisher/jobs/*" })),
    ]);
    await world.bridge.publish(packetOf({ payload: "event" }));
    await world.bridge.publish(packetOf({ payload: "job", topic: "plugin/publisher/jobs/one" }));
    await world.bridge.publish(packetOf({ payload: "for b", destination: "b" }));
    await world.bridge.publish(packetOf({ payload: "for nobody", topic: "plugin/other" }));
    await world.bridge.publish(packetOf({ payload: "last", topic: "plugin/publisher/jobs/two" }));
    assert.deepEqual(await a.all(3), ["event", "job", "last"]);
    assert.deepEqual(await b.all(2), ["event", "for b"]);
    assert.deepEqual(await narrow.all(2), ["job", "last"]);
  });

  it("delivers to one subscription of a consumer, and to the next when it ends", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    const first = new Received();
    const second = new Received();
    const ending = world.consume(consumerOf("a"), first.take);
    world.consume(consumerOf("a"), second.take);
    await world.publish(1, 2);
    await until(() => first.packets.length + second.packets.length === 2);
    await ending.dispose();
    await world.publish(3);
    await until(() => second.payloads.includes(3));
    assert.deepEqual([...first.payloads, ...second.payloads].toSorted(byText), [1, 2, 3]);
  });

  it("delivers what a subscription has not acknowledged at its end to the next one", async () => {
    const never = Promise.withResolvers<void>();
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish(1, 2);
    const first = new Received();
    const ending = world.consume(consumerOf("a"), async (packet) => {
      await first.take(packet);
      await never.promise;
    });
    await first.all(1);
    await ending.dispose();
    const second = new Received();
    world.consume(consumerOf("a"), second.take);
    assert.deepEqual(await second.all(2), [1, 2]);
    never.resolve();
  });
}
