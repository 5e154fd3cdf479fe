import assert from "node:assert/strict";
import type { DurableConsumer, DurableTopics, Packet } from "../../../../src/plugins/bus/transport.ts";
import { consumerOf, packetOf, Received } from "../../../support/plugins/durableMessages.ts";
import { until } from "../../../support/until.ts";

/** The durable topics of one bridge, from its start to its end. */
export interface DurableEnd {
  readonly durable: DurableTopics;
  publish(packet: Packet): Promise<unknown>;
  close(): Promise<void>;
}

/** A place where durable messages are kept. */
export interface DurablePlace {
  /** Starts a bridge there. At most one runs at a time. */
  start(): Promise<DurableEnd>;
  dispose(): Promise<void>;
}

const byText = (a: unknown, b: unknown): number => String(a).localeCompare(String(b));

/** The promises of durable topics, which hold for each transport. */
export function durableSuite(createPlace: () => Promise<DurablePlace>): void {
  let place: DurablePlace;
  let bridge: DurableEnd;

  beforeEach(async () => {
    place = await createPlace();
    bridge = await place.start();
  });
  afterEach(async () => {
    await bridge.close();
    await place.dispose();
  });

  const restart = async (): Promise<void> => {
    await bridge.close();
    bridge = await place.start();
  };
  const publish = async (...payloads: unknown[]): Promise<void> => {
    for (const payload of payloads) await bridge.publish(packetOf({ payload }));
  };
  const consume = (consumer: DurableConsumer, take: (packet: Packet, round: number) => Promise<void>, window = 1) =>
    bridge.durable.consume(consumer, take, { window });

  it("keeps messages for a consumer that is known, until it subscribes", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish(1, 2, 3);
    const received = new Received();
    consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(3), [1, 2, 3]);
    assert.deepEqual(received.counts, [1, 1, 1]);
  });

  it("delivers the next message when the last one was acknowledged", async () => {
    const received = new Received();
    const first = Promise.withResolvers<void>();
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish(1, 2);
    consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      await first.promise;
    });
    assert.deepEqual(await received.all(1), [1]);
    await publish(3);
    assert.deepEqual(received.payloads, [1]);
    first.resolve();
    assert.deepEqual(await received.all(3), [1, 2, 3]);
  });

  it("delivers the whole message", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    const packet = packetOf({
      correlationId: "c",
      priority: 9,
      messageType: "command",
      headers: { traceId: "t", spanId: "s" },
      payload: { text: "line\nä 😀\u2028", list: [null, 1.5, true] },
      metadata: { retryCount: 2, own: ["x"] },
    });
    await bridge.publish(packet);
    const received = new Received();
    consume(consumerOf("a"), received.take);
    await received.all(1);
    const { metadata, ...message } = packet.message;
    assert.deepEqual(received.packets[0]?.message, { ...message, metadata: { ...metadata, deliveryCount: 1 } });
  });

  it("delivers a message again after a failure, before those after it", async () => {
    const received = new Received();
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish("fails twice", "next");
    consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      if (received.packets.length <= 2) throw new Error("not yet");
    });
    assert.deepEqual(await received.all(4), ["fails twice", "fails twice", "fails twice", "next"]);
    assert.deepEqual(received.counts, [1, 2, 3, 1]);
    assert.equal(bridge.durable.deadLetters.count, 0);
  });

  it("makes a message a dead letter after its last delivery, and delivers the next ones", async () => {
    const received = new Received();
    const added: unknown[] = [];
    bridge.durable.deadLetters.onDidAdd(({ message }) => added.push(message.payload));
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish("bad", "good");
    consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      if (packet.message.payload === "bad") throw new Error("cannot do that");
    });
    assert.deepEqual(await received.all(4), ["bad", "bad", "bad", "good"]);
    const [letter, ...others] = await bridge.durable.deadLetters.list(10);
    assert.deepEqual(others, []);
    assert.deepEqual(letter?.consumer, { name: "a", pattern: "plugin/publisher/**" });
    assert.deepEqual([letter?.message.payload, letter?.deliveries], ["bad", 3]);
    assert.match(letter?.error ?? "", /cannot do that/);
    assert.ok(!Number.isNaN(Date.parse(letter?.timestamp ?? "")));
    assert.deepEqual(added, ["bad"]);
  });

  it("keeps dead letters over a restart, and sends them again on demand", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish("bad");
    consume(consumerOf("a"), () => Promise.reject(new Error("no")));
    await until(() => bridge.durable.deadLetters.count === 1);
    await restart();
    const [letter] = await bridge.durable.deadLetters.list(10);
    assert.equal(letter?.message.payload, "bad");
    await bridge.durable.deadLetters.resend(letter?.id ?? "");
    const received = new Received();
    consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(1), ["bad"]);
    assert.deepEqual(received.counts, [1]);
    await until(() => bridge.durable.deadLetters.count === 0);
    await assert.rejects(bridge.durable.deadLetters.resend(letter?.id ?? ""), { code: "NOT_FOUND" });
  });

  it("sends a dead letter again to its consumer only", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    const other = new Received();
    consume(consumerOf("b"), other.take);
    await publish("bad");
    const failing = consume(consumerOf("a"), () => Promise.reject(new Error("no")));
    await until(() => bridge.durable.deadLetters.count === 1);
    void failing.dispose();
    const received = new Received();
    consume(consumerOf("a"), received.take);
    const [letter] = await bridge.durable.deadLetters.list(10);
    await bridge.durable.deadLetters.resend(letter?.id ?? "");
    await publish("last");
    assert.deepEqual(await received.all(2), ["bad", "last"]);
    assert.deepEqual(await other.all(2), ["bad", "last"]);
  });

  it("removes a dead letter on demand", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish("bad");
    consume(consumerOf("a", { maxDeliver: 1 }), () => Promise.reject(new Error("no")));
    await until(() => bridge.durable.deadLetters.count === 1);
    const [letter] = await bridge.durable.deadLetters.list(10);
    await bridge.durable.deadLetters.remove(letter?.id ?? "");
    await until(async () => (await bridge.durable.deadLetters.list(10)).length === 0);
    await assert.rejects(bridge.durable.deadLetters.remove(letter?.id ?? ""), { code: "NOT_FOUND" });
    await restart();
    assert.deepEqual(await bridge.durable.deadLetters.list(10), []);
  });

  it("keeps what is not acknowledged over a restart, and nothing else", async () => {
    const received = new Received();
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish(1, 2, 3, 4);
    const never = Promise.withResolvers<void>();
    consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      if (received.packets.length === 3) await never.promise;
    });
    await received.all(3);
    await restart();
    never.resolve();
    const again = new Received();
    consume(consumerOf("a", { maxDeliver: 10 }), again.take);
    await publish(5);
    assert.deepEqual(await again.all(3), [3, 4, 5]);
  });

  it("delivers to a consumer of an earlier run without a word from it", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    await restart();
    await publish(1);
    await restart();
    const received = new Received();
    consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(1), [1]);
  });

  it("stores a repeated publish once, also after a restart", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    const packet = packetOf({ messageId: "once", payload: "once" });
    await Promise.all([bridge.publish(packet), bridge.publish(packet)]);
    await bridge.publish(packet);
    const received = new Received();
    consume(consumerOf("a"), received.take);
    await received.all(1);
    await restart();
    await bridge.publish(packet);
    await bridge.publish(packetOf({ messageId: "once", source: "another", payload: "of another" }));
    const later = new Received();
    consume(consumerOf("a"), later.take);
    assert.deepEqual(await later.all(1), ["of another"]);
    assert.deepEqual(received.payloads, ["once"]);
  });

  it("delivers to each consumer whose pattern matches, and an addressed message to its destination", async () => {
    const a = new Received();
    const b = new Received();
    const narrow = new Received();
    consume(consumerOf("a"), a.take);
    consume(consumerOf("b", { pattern: "plugin/*/events" }), b.take);
    consume(consumerOf("b", { pattern: "plugin/publisher/jobs/*" }), narrow.take);
    await Promise.all([
      bridge.durable.declareConsumer(consumerOf("a")),
      bridge.durable.declareConsumer(consumerOf("b", { pattern: "plugin/*/events" })),
      bridge.durable.declareConsumer(consumerOf("b", { pattern: "plugin/publisher/jobs/*" })),
    ]);
    await bridge.publish(packetOf({ payload: "event" }));
    await bridge.publish(packetOf({ payload: "job", topic: "plugin/publisher/jobs/one" }));
    await bridge.publish(packetOf({ payload: "for b", destination: "b" }));
    await bridge.publish(packetOf({ payload: "for nobody", topic: "plugin/other" }));
    await bridge.publish(packetOf({ payload: "last", topic: "plugin/publisher/jobs/two" }));
    assert.deepEqual(await a.all(3), ["event", "job", "last"]);
    assert.deepEqual(await b.all(2), ["event", "for b"]);
    assert.deepEqual(await narrow.all(2), ["job", "last"]);
  });

  it("delivers to one subscription of a consumer, and to the next when it ends", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    const first = new Received();
    const second = new Received();
    const ending = consume(consumerOf("a"), first.take);
    consume(consumerOf("a"), second.take);
    await publish(1, 2);
    await until(() => first.packets.length + second.packets.length === 2);
    await ending.dispose();
    await publish(3);
    await until(() => second.payloads.includes(3));
    assert.deepEqual([...first.payloads, ...second.payloads].toSorted(byText), [1, 2, 3]);
  });

  it("delivers what a subscription has not acknowledged at its end to the next one", async () => {
    const never = Promise.withResolvers<void>();
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish(1, 2);
    const first = new Received();
    const ending = consume(consumerOf("a"), async (packet) => {
      await first.take(packet);
      await never.promise;
    });
    await first.all(1);
    await ending.dispose();
    const second = new Received();
    consume(consumerOf("a"), second.take);
    assert.deepEqual(await second.all(2), [1, 2]);
    never.resolve();
  });

  it("keeps the order when it delivers ahead and a message fails", async () => {
    const handled: unknown[] = [];
    const failures = new Map<unknown, number>([
      [3, 1],
      [7, 2],
      [8, 1],
    ]);
    await bridge.durable.declareConsumer(consumerOf("a"));
    await publish(...Array.from({ length: 20 }, (_, index) => index));
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
    consume(consumerOf("a"), take, 8);
    await until(() => handled.length >= 20);
    assert.deepEqual(
      handled,
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.equal(bridge.durable.deadLetters.count, 0);
  });

  it("does not deliver a message that has expired", async () => {
    await bridge.durable.declareConsumer(consumerOf("a"));
    const expiresAt = new Date(Date.now() - 1).toISOString();
    await bridge.publish(packetOf({ payload: "expired", metadata: { expiresAt } }, 0));
    await publish("valid");
    await restart();
    const received = new Received();
    consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(1), ["valid"]);
  });

  it("accepts messages that no consumer waits for", async () => {
    await bridge.durable.declareTopics("plugin/publisher/**");
    await publish(1);
    const received = new Received();
    await bridge.durable.declareConsumer(consumerOf("a"));
    consume(consumerOf("a"), received.take);
    await publish(2);
    assert.deepEqual(await received.all(1), [2]);
  });
}
