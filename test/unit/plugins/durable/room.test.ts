import assert from "node:assert/strict";
import { consumerOf, packetOf } from "../../../support/plugins/durableMessages.ts";
import { DurableLogs, publish, receive } from "../../../support/plugins/durableLogs.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { until } from "../../../support/until.ts";

const KIB = 1024;
const a = consumerOf("a");
const stuck = consumerOf("stuck", { pattern: "plugin/slow/**" });
const slow = { topic: "plugin/slow/events" };
const text = "x".repeat(KIB);

describe("The room of a DurableLog", () => {
  let logs: DurableLogs;

  beforeEach(async () => {
    logs = await DurableLogs.create();
  });
  afterEach(() => logs.dispose());

  it("is bounded: publishers are rejected with the name of the consumer that is behind", async () => {
    const log = logs.open({ maxBytes: 64 * KIB, maxSegmentBytes: 8 * KIB });
    await log.declareConsumer(a);
    let count = 0;
    const fill = async (): Promise<void> => {
      for (; ; count++) await publish(log, text);
    };
    await assert.rejects(fill(), (error) => {
      assert.ok(isBridgeError(error) && error.code === "RATE_LIMIT_EXCEEDED");
      const context = { reason: "durable-log-full", consumer: "a", pattern: "plugin/publisher/**", waiting: count };
      assert.deepEqual(error.context, context);
      return true;
    });
    assert.ok(count > 15 && count < 64, `${count} messages`);
    assert.ok((await logs.bytes()) <= 64 * KIB);
    const received = receive(log, a);
    await received.all(count);
    await publish(log, "there is room again");
    await received.all(count + 1);
  });

  it("is shared: a consumer that is behind stops no other", async () => {
    const log = logs.open({ maxBytes: 64 * KIB, maxSegmentBytes: 8 * KIB });
    await log.declareConsumer(stuck);
    const received = receive(log, a);
    await assert.rejects(
      async () => {
        for (;;) await log.append(packetOf({ ...slow, payload: text }));
      },
      { code: "RATE_LIMIT_EXCEEDED" },
    );
    for (let count = 0; count < 100; count++) await publish(log, text);
    await received.all(100);
    await assert.rejects(log.append(packetOf({ ...slow, payload: text })), { code: "RATE_LIMIT_EXCEEDED" });
    await log.forgetConsumer("stuck", "plugin/slow/**");
    await log.append(packetOf({ ...slow, payload: text }));
  });

  it("is freed when everything is acknowledged", async () => {
    const log = logs.open({ maxSegmentBytes: 8 * KIB });
    const received = receive(log, a);
    for (let count = 0; count < 200; count++) await publish(log, text);
    await received.all(200);
    await until(async () => (await logs.bytes()) < 32 * KIB, "a small log");
  });

  it("is freed of what others have acknowledged between the messages of a slow consumer", async () => {
    const log = logs.open({ maxBytes: 256 * KIB, maxSegmentBytes: 8 * KIB });
    await log.declareConsumer(stuck);
    const received = receive(log, a);
    for (let count = 0; count < 400; count++) {
      await publish(log, text);
      if (count % 20 === 0) await log.append(packetOf({ ...slow, payload: count }));
      await received.all(count + 1);
    }
    assert.ok((await logs.bytes()) <= 256 * KIB);
    await log.dispose();
    const payloads = await receive(logs.open(), stuck).all(20);
    assert.deepEqual(
      payloads,
      Array.from({ length: 20 }, (_, index) => index * 20),
    );
  });

  it("keeps dead letters and recent IDs when files are removed", async () => {
    const log = logs.open({ maxBytes: 256 * KIB, maxSegmentBytes: 32 * KIB });
    await log.declareConsumer(a);
    await publish(log, "first");
    const failing = log.consume({ ...a, maxDeliver: 1 }, () => Promise.reject(new Error("no")));
    await until(() => log.deadLetters.count === 1);
    await failing.dispose();
    const received = receive(log, a);
    const repeated = packetOf({ messageId: "repeated", payload: text });
    for (let count = 0; count < 300; count++) await log.append(count === 100 ? repeated : packetOf({ payload: text }));
    await received.all(300);
    await log.dispose();
    const next = logs.open({ maxBytes: 256 * KIB, maxSegmentBytes: 32 * KIB });
    const [letter] = await next.deadLetters.list(10);
    assert.equal(letter?.message.payload, "first");
    assert.doesNotMatch(await logs.text(), /"messageId":"repeated"/, "its file was removed");
    await next.append(repeated);
    assert.equal(next.duplicates, 1);
  });

  it("has a bound for dead letters: the oldest is removed, and reported", async () => {
    const log = logs.open({ maxBytes: 64 * KIB, maxSegmentBytes: 8 * KIB });
    log.consume({ ...a, maxDeliver: 1 }, () => Promise.reject(new Error("no")));
    for (let count = 0; count < 40; count++) await publish(log, `${count} ${text}`);
    await until(() => log.consumers[0]?.waiting === 0);
    const letters = await log.deadLetters.list(100);
    assert.ok(letters.length > 5 && letters.length < 16, `${letters.length} letters`);
    assert.match(String(letters[0]?.message.payload), /^39 /);
    assert.ok(logs.warnings.includes("The oldest dead letter was removed, because there are too many"));
  });

  it("stays bounded in memory while a consumer is far behind, and delivers all in order", async () => {
    const log = logs.open();
    await log.declareConsumer(a);
    const count = 3000;
    await Promise.all(Array.from({ length: count }, (_, index) => publish(log, { index, text: text.repeat(8) })));
    const received = receive(log, a);
    const payloads = await received.all(count);
    assert.deepEqual(
      payloads.map((payload) => (payload as { index: number }).index),
      [...Array(count).keys()],
    );
  });
});
