import assert from "node:assert/strict";
import { consumerOf, Received } from "../../../support/plugins/durableMessages.ts";
import type { DurableWorld } from "../../../support/plugins/durableWorld.ts";
import { until } from "../../../support/until.ts";

/** The promises of dead letters, which hold for each transport. */
export function deadLetterSuite(world: DurableWorld): void {
  becomes(world);
  resends(world);
}

/** After the last delivery. */
function becomes(world: DurableWorld): void {
  it("makes a message a dead letter after its last delivery, and delivers the next ones", async () => {
    const received = new Received();
    const added: unknown[] = [];
    world.bridge.durable.deadLetters.onDidAdd(({ message }) => added.push(message.payload));
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish("bad", "good");
    world.consume(consumerOf("a"), async (packet) => {
      await received.take(packet);
      if (packet.message.payload === "bad") throw new Error("cannot do that");
    });
    assert.deepEqual(await received.all(4), ["bad", "bad", "bad", "good"]);
    const [letter, ...others] = await world.bridge.durable.deadLetters.list(10);
    assert.deepEqual(others, []);
    assert.deepEqual(letter?.consumer, { name: "a", pattern: "plugin/publisher/**" });
    assert.deepEqual([letter?.message.payload, letter?.deliveries], ["bad", 3]);
    assert.match(letter?.error ?? "", /cannot do that/);
    assert.ok(!Number.isNaN(Date.parse(letter?.timestamp ?? "")));
    assert.deepEqual(added, ["bad"]);
  });

  it("removes a dead letter on demand", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish("bad");
    world.consume(consumerOf("a", { maxDeliver: 1 }), () => Promise.reject(new Error("no")));
    await until(() => world.bridge.durable.deadLetters.count === 1);
    const [letter] = await world.bridge.durable.deadLetters.list(10);
    await world.bridge.durable.deadLetters.remove(letter?.id ?? "");
    await until(async () => (await world.bridge.durable.deadLetters.list(10)).length === 0);
    await assert.rejects(world.bridge.durable.deadLetters.remove(letter?.id ?? ""), { code: "NOT_FOUND" });
    await world.restart();
    assert.deepEqual(await world.bridge.durable.deadLetters.list(10), []);
  });
}

/** On demand. */
function resends(world: DurableWorld): void {
  it("keeps dead letters over a restart, and sends them again on demand", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    await world.publish("bad");
    world.consume(consumerOf("a"), () => Promise.reject(new Error("no")));
    await until(() => world.bridge.durable.deadLetters.count === 1);
    await world.restart();
    const [letter] = await world.bridge.durable.deadLetters.list(10);
    assert.equal(letter?.message.payload, "bad");
    await world.bridge.durable.deadLetters.resend(letter?.id ?? "");
    const received = new Received();
    world.consume(consumerOf("a"), received.take);
    assert.deepEqual(await received.all(1), ["bad"]);
    assert.deepEqual(received.counts, [1]);
    await until(() => world.bridge.durable.deadLetters.count === 0);
    await assert.rejects(world.bridge.durable.deadLetters.resend(letter?.id ?? ""), { code: "NOT_FOUND" });
  });

  it("sends a dead letter again to its consumer only", async () => {
    await world.bridge.durable.declareConsumer(consumerOf("a"));
    const other = new Received();
    world.consume(consumerOf("b"), other.take);
    await world.publish("bad");
    const failing = world.consume(consumerOf("a"), () => Promise.reject(new Error("no")));
    await until(() => world.bridge.durable.deadLetters.count === 1);
    void failing.dispose();
    const received = new Received();
    world.consume(consumerOf("a"), received.take);
    const [letter] = await world.bridge.durable.deadLetters.list(10);
    await world.bridge.durable.deadLetters.resend(letter?.id ?? "");
    await world.publish("last");
    assert.deepEqual(await received.all(2), ["bad", "last"]);
    assert.deepEqual(await other.all(2), ["bad", "last"]);
  });
}
