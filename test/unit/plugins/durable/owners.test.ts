import assert from "node:assert/strict";
import { consumerOf, packetOf, Received } from "../../../support/plugins/durableMessages.ts";
import { DurableLogs, publish, receive } from "../../../support/plugins/durableLogs.ts";
import { fullFor } from "../../../support/plugins/faultyFolder.ts";
import { until } from "../../../support/until.ts";

const a = consumerOf("a", { maxDeliver: 100 });
const moved = { code: "KIRO_UNAVAILABLE", context: { reason: "moved" } };

describe("DurableLog, after an owner was stopped", () => {
  let logs: DurableLogs;

  beforeEach(async () => {
    logs = await DurableLogs.create();
  });
  afterEach(() => logs.dispose());

  it("rejects what the earlier owner publishes, and has all that it confirmed", async () => {
    const stopped = logs.open({ isOwner: () => false });
    await stopped.declareConsumer(a);
    await publish(stopped, 1, 2);
    const owner = logs.open();
    await owner.declareConsumer(a);
    await assert.rejects(publish(stopped, 3), moved);
    await assert.rejects(publish(stopped, 4), moved);
    await publish(owner, 5);
    assert.deepEqual(await receive(owner, a).all(3), [1, 2, 5]);
    assert.deepEqual(await receive(logs.open(), consumerOf("b")).all(0), []);
  });

  it("ignores acknowledgements of the earlier owner", async () => {
    const stopped = logs.open({ isOwner: () => false });
    const held = Promise.withResolvers<void>();
    const first = new Received();
    stopped.consume(a, async (packet) => {
      await first.take(packet);
      await held.promise;
    });
    await publish(stopped, 1, 2);
    await first.all(1);
    const owner = logs.open();
    await owner.declareConsumer(a);
    held.resolve();
    await first.all(2);
    await stopped.dispose();
    await owner.dispose();
    assert.deepEqual(await receive(logs.open(), a).all(2), [1, 2]);
  });

  it("delivers a message once that the earlier owner had written but not confirmed", async () => {
    const stopped = logs.open({ isOwner: () => false });
    await stopped.declareConsumer(a);
    const owner = Promise.withResolvers<ReturnType<DurableLogs["open"]>>();
    // It is stopped after the write, before it looks for a later owner.
    stopped.files.before = async (operation) => {
      if (operation !== "names") return;
      stopped.files.before = undefined;
      const next = logs.open();
      await next.declareConsumer(a);
      owner.resolve(next);
    };
    const packet = packetOf({ messageId: "m", payload: "once" });
    await assert.rejects(stopped.append(packet), moved);
    const next = await owner.promise;
    await next.append(packet);
    await publish(next, "last");
    assert.deepEqual(await receive(next, a).all(2), ["once", "last"]);
  });

  it("loses no file to an owner that is stopped while it removes files", async () => {
    const stopped = logs.open({ isOwner: () => false, maxSegmentBytes: 500 });
    const received = receive(stopped, a);
    await publish(stopped, ...Array.from({ length: 20 }, (_, index) => index));
    await received.all(20);
    await publish(stopped, "kept");
    const never = Promise.withResolvers<void>();
    const owner = logs.open({ maxSegmentBytes: 500 });
    owner.consume(consumerOf("b"), () => never.promise);
    await owner.declareConsumer(consumerOf("b"));
    await publish(owner, ...Array.from({ length: 20 }, (_, index) => index));
    await owner.dispose();
    const before = await logs.names();
    await assert.rejects(publish(stopped, "more"), moved);
    await stopped.dispose();
    assert.deepEqual(await logs.names(), before);
    assert.equal((await receive(logs.open(), consumerOf("b")).all(20)).length, 20);
  });

  it("leaves everything to the next one when it cannot take over", async () => {
    const first = logs.open();
    await first.declareConsumer(a);
    await publish(first, 1, 2);
    const failing = logs.open();
    failing.files.before = fullFor("append");
    await assert.rejects(failing.declareConsumer(a), { code: "KIRO_UNAVAILABLE" });
    await failing.dispose();
    assert.deepEqual(await logs.names(), ["1-0.jsonl", "1.claim", "1.ready"]);
    assert.deepEqual(await receive(logs.open(), a).all(2), [1, 2]);
  });

  it("opens the log again when another window has opened it without being the owner", async () => {
    const owner = logs.open({ isOwner: () => true });
    const received = receive(owner, a);
    await publish(owner, 1);
    const wrong = logs.open({ isOwner: () => false });
    await wrong.declareConsumer(a);
    await publish(wrong, 2);
    await assert.rejects(publish(owner, 3), moved);
    await publish(owner, 4);
    await until(() => received.payloads.includes(4));
    assert.deepEqual(received.payloads, [1, 2, 4]);
    await assert.rejects(publish(wrong, 5), moved);
    assert.ok(logs.warnings.includes("Another window has opened the log of durable messages"));
  });

  it("survives many owners in a row, each with a part of the work", async () => {
    let left = 0;
    for (let term = 0; term < 10; term++) {
      const owner = logs.open();
      await owner.declareConsumer(a);
      await publish(owner, `${term}-1`, `${term}-2`);
      left += 2;
      const received = new Received();
      const ending = owner.consume(a, received.take);
      await received.all(1);
      await ending.dispose();
      await until(() => (owner.consumers[0]?.waiting ?? left) < left);
      left = owner.consumers[0]?.waiting ?? 0;
      await owner.dispose();
    }
    const last = logs.open();
    await last.declareConsumer(a);
    assert.equal(last.consumers[0]?.waiting, left);
    assert.equal((await logs.segments()).length, 1);
  });
});
