import assert from "node:assert/strict";
import { describeBus, hasCode, Inbox } from "../../../support/plugins/busUnderTest.ts";
import { until } from "../../../support/until.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The facts of a published message, and its receivers. */
export const deliverySuite = describeBus("messages", (bus) => {
  it("delivers each message once to each subscription, whatever its pattern", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const patterns = [
      "plugin/x/events",
      "plugin.x.events",
      "plugin/*/events",
      "plugin/**",
      "**",
      "**/events",
      "plugin/**/events",
    ];
    const inboxes = patterns.map((pattern) => new Inbox(reader, pattern));
    await bus().flush();
    await publisher.publish({ topic: "plugin.x.events", payload: 1 });
    await publisher.publish({ topic: "plugin/x/events", payload: 2 });
    for (const inbox of inboxes) await inbox.wait(2);
    await publisher.publish({ topic: "plugin/x/events", payload: 3 });
    for (const inbox of inboxes) {
      await inbox.wait(3);
      assert.deepEqual(inbox.payloads, [1, 2, 3], inbox.subscription.pattern);
      assert.equal(inbox.messages[0]?.topic, "plugin/x/events");
    }
  });

  it("delivers across any number of segments for '**' and across one for '*'", async () => {
    const publisher = bus().join("publisher");
    const reader = bus().join("reader");
    const spanning = new Inbox(reader, "a/**/b");
    const rest = new Inbox(reader, "a/**");
    const one = new Inbox(reader, "a/*");
    const dotted = new Inbox(reader, "a.b");
    await bus().flush();
    for (const topic of ["a", "a/b", "a/x/b", "a/x/y/b", "aXb", "a/b/c", "a/b"])
      await publisher.publish({ topic, payload: topic });
    await rest.wait(6);
    await spanning.wait(4);
    await one.wait(2);
    await dotted.wait(2);
    assert.deepEqual(rest.payloads, ["a", "a/b", "a/x/b", "a/x/y/b", "a/b/c", "a/b"]);
    assert.deepEqual(spanning.payloads, ["a/b", "a/x/b", "a/x/y/b", "a/b"]);
    assert.deepEqual(one.payloads, ["a/b", "a/b"]);
    assert.deepEqual(dotted.payloads, ["a/b", "a/b"]);
  });

  it("loses none of many messages that are alike, and none without a payload", async () => {
    const publisher = bus().join("publisher");
    const inbox = new Inbox(bus().join("reader"), "many/*", { maxQueued: 10_000 });
    await bus().flush();
    for (let round = 0; round < 500; round++) {
      await publisher.publish({ topic: "many/same", payload: { value: "same" } });
      await publisher.publish({ topic: "many/null", payload: null });
      await publisher.publish({ topic: "many/nothing" });
    }
    await inbox.wait(1500);
    await publisher.publish({ topic: "many/end", payload: "end" });
    await inbox.wait(1501);
    assert.equal(inbox.messages.length, 1501);
    assert.deepEqual(inbox.payloads.slice(0, 3), [{ value: "same" }, null, undefined]);
    assert.equal(new Set(inbox.messages.map(({ messageId }) => messageId)).size, 1501);
  });

  it("keeps the order of one publisher and topic", async () => {
    const publishers = [bus().join("first"), bus().join("second"), bus().join("third")];
    const inbox = new Inbox(bus().join("reader"), "order/**", { maxQueued: 10_000 });
    await bus().flush();
    await Promise.all(
      publishers.map(async (publisher) => {
        for (let number = 0; number < 200; number++) {
          // Not awaited one by one: order does not depend on it.
          const sent = [
            publisher.publish({ topic: "order/a", payload: number }),
            publisher.publish({ topic: "order/b", payload: number }),
          ];
          if (number % 50 === 0) await Promise.all(sent);
        }
      }),
    );
    await inbox.wait(1200);
    for (const { name } of publishers) {
      for (const topic of ["order/a", "order/b"]) {
        const numbers = inbox.messages.filter((message) => message.source === name && message.topic === topic);
        assert.deepEqual(
          numbers.map(({ payload }): unknown => payload),
          Array.from({ length: 200 }, (_, number) => number),
        );
      }
    }
  });

  it("gives a message its id, time, type, priority and trace, and its source from the participant", async () => {
    const publisher = bus().join("publisher");
    const other = bus().join("other");
    const inbox = new Inbox(bus().join("reader"), "facts/**");
    await bus().flush();
    const forged = { topic: "facts/default", payload: 1, source: "somebody", timestamp: "then", correlationId: "mine" };
    await publisher.publish(forged);
    await inbox.wait(1);
    await other.publish({
      topic: "facts/given",
      messageType: "command",
      priority: 9,
      headers: { traceId: "trace_abc", userId: "user_456" },
      metadata: { retryCount: 2, note: { a: [1] } },
      messageId: "mine-1",
    });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await other.publish({ topic: "facts/traced", headers: { traceparent } });
    const [first, second, third] = await inbox.wait(3);
    assert.match(first?.messageId ?? "", UUID);
    assert.ok(!Number.isNaN(Date.parse(first?.timestamp ?? "")));
    assert.equal(first?.correlationId, undefined);
    assert.deepEqual(
      [first?.source, first?.destination, first?.messageType, first?.priority, first?.metadata],
      ["publisher", "*", "event", 5, {}],
    );
    assert.match(first?.headers["traceId"] ?? "", /^[0-9a-f]{32}$/);
    assert.match(first?.headers["spanId"] ?? "", /^[0-9a-f]{16}$/);
    assert.deepEqual(
      [second?.source, second?.messageId, second?.messageType, second?.priority, second?.metadata],
      ["other", "mine-1", "command", 9, { retryCount: 2, note: { a: [1] } }],
    );
    assert.equal(second?.headers["traceId"], "trace_abc");
    assert.equal(second?.headers["userId"], "user_456");
    assert.equal(third?.headers["traceparent"], traceparent);
    assert.equal(third?.headers["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert.equal(third?.headers["spanId"], "b7ad6b7169203331");
  });

  it("delivers an addressed message to its destination only", async () => {
    const publisher = bus().join("publisher");
    const named = new Inbox(bus().join("named"), "**");
    const curious = new Inbox(bus().join("curious"), "**");
    await bus().flush();
    await publisher.publish({ topic: "to/one", payload: "secret", destination: "named" });
    await publisher.publish({ topic: "to/nobody", payload: "unread", destination: "nobody" });
    await publisher.publish({ topic: "to/all", payload: "public" });
    await named.wait(2);
    await curious.wait(1);
    assert.deepEqual(new Set(named.payloads), new Set(["public", "secret"]));
    assert.deepEqual(curious.payloads, ["public"]);
  });

  it("gives each message to one member of a queue group, and to each other subscription", async () => {
    const publisher = bus().join("publisher");
    const members = ["one", "two", "three"].map((name) => new Inbox(bus().join(name), "work/**", { group: "workers" }));
    const others = new Inbox(bus().join("four"), "work/*", { group: "others" });
    const single = new Inbox(bus().join("five"), "work/*");
    await bus().flush();
    for (let number = 0; number < 300; number++) await publisher.publish({ topic: "work/job", payload: number });
    await single.wait(300);
    await others.wait(300);
    const received = () => members.flatMap(({ payloads }) => payloads);
    await members[0]?.wait(1);
    await members[1]?.wait(1);
    await members[2]?.wait(1);
    await publisher.publish({ topic: "work/job", payload: 300 });
    await single.wait(301);
    await others.wait(301);
    await until(() => received().length >= 301, "all jobs");
    assert.deepEqual(
      received().toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 301 }, (_, number) => number),
    );
  });

  it("accepts a repeated message id of one source once", async () => {
    const publisher = bus().join("publisher");
    const other = bus().join("other");
    const inbox = new Inbox(bus().join("reader"), "again/*");
    await bus().flush();
    for (let attempt = 0; attempt < 3; attempt++) {
      await publisher.publish({ topic: "again/a", payload: "publisher", messageId: "id-1" });
    }
    await publisher.publish({ topic: "again/a", payload: "next", messageId: "id-2" });
    await other.publish({ topic: "again/b", payload: "other", messageId: "id-1" });
    await inbox.wait(3);
    await other.publish({ topic: "again/b", payload: "end" });
    await inbox.wait(4);
    assert.equal(inbox.messages.length, 4);
    assert.deepEqual(new Set(inbox.payloads), new Set(["publisher", "next", "other", "end"]));
  });

  it("rejects what a participant may not publish or subscribe to", async () => {
    const limited = bus().join("limited", {
      mayPublish: (topic, type) => topic === "allowed/topic" && type !== "command",
      maySubscribe: (pattern) => pattern === "allowed/*",
    });
    const inbox = new Inbox(limited, "allowed.*");
    await bus().flush();
    await assert.rejects(limited.publish({ topic: "other/topic" }), hasCode("ACCESS_DENIED"));
    await assert.rejects(limited.publish({ topic: "allowed.topic", messageType: "command" }), hasCode("ACCESS_DENIED"));
    await assert.rejects(limited.request({ topic: "plugin/other/rpc" }), hasCode("ACCESS_DENIED"));
    for (const pattern of ["**", "allowed/**", "other/topic"]) {
      assert.throws(() => limited.subscribe(pattern, () => undefined), hasCode("ACCESS_DENIED"), pattern);
    }
    await limited.publish({ topic: "allowed.topic", payload: "ok" });
    await inbox.wait(1);
    assert.deepEqual(inbox.payloads, ["ok"]);
  });

  it("rejects bad messages and goes on", async () => {
    const publisher = bus().join("publisher");
    const inbox = new Inbox(bus().join("reader"), "**");
    await bus().flush();
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    const bad = [
      { topic: "x".repeat(100_000) },
      { topic: "a/\0" },
      { topic: "a//b" },
      { topic: "**" },
      { topic: "*" },
      { topic: "ok", payload: cyclic },
      { topic: "ok", payload: 1n },
      { topic: "ok", priority: 0 },
      { topic: "ok", priority: 11 },
      { topic: "ok", priority: 2.5 },
      { topic: "ok", destination: "a/b" },
      { topic: "ok", messageId: "" },
      { topic: "ok", metadata: { expiresAt: "tomorrow" } },
    ];
    for (const message of bad) {
      await assert.rejects(
        publisher.publish(message),
        hasCode("VALIDATION_FAILED"),
        JSON.stringify(message.topic).slice(0, 40),
      );
    }
    const large = { topic: "ok", payload: "x".repeat(10_000_000) };
    await assert.rejects(publisher.publish(large), hasCode("PAYLOAD_TOO_LARGE"));
    await assert.rejects(publisher.request(large), hasCode("PAYLOAD_TOO_LARGE"));
    await publisher.publish({ topic: "ok", payload: { deep: [undefined, new Date(0), { "": null }] } });
    await inbox.wait(1);
    assert.deepEqual(inbox.payloads, [{ deep: [null, "1970-01-01T00:00:00.000Z", { "": null }] }]);
  });
});
