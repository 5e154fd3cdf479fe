import assert from "node:assert/strict";
import { ProcessBuses } from "../../../../src/plugins/sdk/processBuses.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { isRpcError } from "../../../../src/plugins/rpc/rpcError.ts";
import type { MessageBus } from "../../../../src/plugins/sdk/messageBus.ts";
import { until } from "../../../support/until.ts";

const withCode = (code: string) => (error: unknown) => isBridgeError(error) && error.code === code;

describe("The message buses of a process without a bridge", () => {
  let buses: ProcessBuses;
  let one: MessageBus;
  let two: MessageBus;

  beforeEach(() => {
    buses = new ProcessBuses({});
    one = buses.get("one");
    two = buses.get("two");
  });
  afterEach(() => buses.reset());

  it("are one for each name; without a name, the first one", () => {
    assert.equal(buses.get("one"), one);
    assert.equal(buses.get("two"), two);
    assert.notEqual(one, two);
    assert.equal(buses.get(), one);
    assert.deepEqual([one.id, two.id], ["one", "two"]);
  });

  it("fail without a name before the first one, and after a reset", () => {
    const none = new ProcessBuses({});
    assert.throws(() => none.get(), /MessageBus not initialized\. Call getMessageBus with the name of the plugin/);
    buses.reset();
    assert.throws(() => buses.get(), withCode("CONFIGURATION_ERROR"));
  });

  for (const name of ["", "Not A Name", "a/b", "kiro-bridge", "system", "x".repeat(65)]) {
    it(`reject the name ${JSON.stringify(name.slice(0, 12))}`, () => {
      assert.throws(() => buses.get(name), withCode("VALIDATION_FAILED"));
      assert.equal(buses.get(), one);
    });
  }

  it("share one bus, on which each has its name as the source", async () => {
    const sources: string[] = [];
    two.subscribe("news/*", ({ source }) => sources.push(source));
    await one.publish({ topic: "news/a", payload: 1 });
    await two.publish({ topic: "news.b", payload: 2 });
    assert.deepEqual(sources, ["one", "two"]);
  });

  it("begin with an empty bus after a reset", async () => {
    const seen: unknown[] = [];
    one.subscribe("news/*", ({ payload }) => seen.push(payload));
    buses.reset();
    const again = buses.get("one");
    assert.notEqual(again, one);
    await again.publish({ topic: "news/a", payload: 1 });
    assert.deepEqual([seen, again.getStats().subscriptions], [[], 0]);
  });

  it("resolve a publish after handlers that are synchronous", async () => {
    let isReady = false;
    two.subscribe("plugin/one/status", ({ payload }) => {
      isReady = payload.status === "ready";
    });
    await one.publish({ topic: "plugin/one/status", messageType: "event", payload: { status: "ready" } });
    assert.ok(isReady);
  });

  it("unsubscribe by the returned function, and by pattern and handler", async () => {
    const seen: string[] = [];
    const handler = ({ topic }: { readonly topic: string }): unknown => seen.push(topic);
    const end = two.subscribe("a/*", handler);
    two.subscribe("b.*", handler);
    two.subscribe("b.*", () => seen.push("other"));
    await one.publish({ topic: "a/1" });
    end();
    end();
    two.unsubscribe("b/*", handler);
    two.unsubscribe("c/*", handler);
    await one.publish({ topic: "a/2" });
    await one.publish({ topic: "b/1" });
    assert.deepEqual(seen, ["a/1", "other"]);
  });

  it("filter messages", async () => {
    const seen: unknown[] = [];
    two.subscribe("system/*", ({ payload }) => seen.push(payload), { filter: ({ priority }) => priority >= 8 });
    await one.publish({ topic: "system/health", payload: "low" });
    await one.publish({ topic: "system/health", payload: "high", priority: 9 });
    assert.deepEqual(seen, ["high"]);
  });

  it("give each message to one subscription of a group", async () => {
    const seen: string[] = [];
    two.subscribe("jobs", () => seen.push("two"), { group: "workers" });
    buses.get("three").subscribe("jobs", () => seen.push("three"), { group: "workers" });
    for (let job = 0; job < 10; job++) await one.publish({ topic: "jobs" });
    assert.equal(seen.length, 10);
  });

  it("keep 1000 messages for a handler, and report how many were dropped", async () => {
    const seen: number[] = [];
    let lost = 0;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    two.subscribe(
      "news",
      async ({ payload }) => {
        seen.push(payload);
        await released;
      },
      { onLost: (count) => (lost += count) },
    );
    await one.publish({ topic: "news", payload: 0 });
    for (let number = 1; number <= 1100; number++) await one.publish({ topic: "news", payload: number });
    await one.publish({ topic: "news", payload: 9999, priority: 9 });
    release();
    await until(() => seen.length === 1001);
    assert.deepEqual([seen.slice(0, 3), lost], [[0, 9999, 102], 101]);
  });

  it("take durable subscriptions as others, because nothing outlives the process", async () => {
    const seen: unknown[] = [];
    two.subscribe("orders", ({ payload }) => seen.push(payload), { durable: { maxDeliver: 3 } });
    await one.publish({ topic: "orders", payload: 1 });
    assert.deepEqual(seen, [1]);
  });

  it("resolve a request with the payload of its response", async () => {
    two.subscribe("plugin/two/request", async ({ correlationId = "", payload, source }) => {
      await two.respond(correlationId, { result: payload.command, source });
    });
    const response = await one.request({
      destination: "two",
      topic: "plugin/two/request",
      payload: { command: "create_tenant" },
      timeout: 30_000,
    });
    assert.deepEqual(response, { result: "create_tenant", source: "one" });
  });

  it("resolve a request whose response has no payload", async () => {
    two.subscribe("plugin/two/request", ({ correlationId = "" }) => two.respond(correlationId));
    assert.equal(await one.request({ topic: "plugin/two/request" }), undefined);
  });

  it("reject a request whose response has an error", async () => {
    const errors: unknown[] = ["no such tenant", { code: "NO_TENANT", message: "no such tenant", data: { id: 1 } }];
    two.subscribe("plugin/two/request", ({ correlationId = "", payload }) =>
      two.respond(correlationId, { error: errors[payload] }),
    );
    const ask = (index: number): Promise<unknown> => one.request({ topic: "plugin/two/request", payload: index });
    await assert.rejects(ask(0), /^RpcError: no such tenant$/);
    await assert.rejects(ask(1), (error) => {
      assert.ok(isRpcError(error));
      assert.deepEqual([error.code, error.message, error.data], ["NO_TENANT", "no such tenant", { id: 1 }]);
      return true;
    });
    assert.deepEqual(await ask(2), {});
  });

  it("reject a request that nobody can answer, at once, and one that is late", async () => {
    await assert.rejects(one.request({ topic: "plugin/three/request" }), withCode("NOT_FOUND"));
    two.subscribe("plugin/two/request", () => undefined);
    await assert.rejects(one.request({ topic: "plugin/two/request", timeout: 20 }), withCode("OPERATION_TIMEOUT"));
  });

  it("end a request with its signal, which the handler gets", async () => {
    const signals: AbortSignal[] = [];
    two.subscribe("plugin/two/request", (_message, signal) => void signals.push(signal));
    const controller = new AbortController();
    const request = one.request({ topic: "plugin/two/request" }, { signal: controller.signal });
    await until(() => signals.length === 1);
    controller.abort(new Error("not needed"));
    await assert.rejects(request, /not needed/);
    await until(() => signals[0]?.aborted === true);
  });

  it("reject the answer to the request of another one", async () => {
    const requests: string[] = [];
    two.subscribe("plugin/two/request", ({ correlationId = "" }) => void requests.push(correlationId));
    const request = one.request({ topic: "plugin/two/request" });
    request.catch(() => undefined);
    await until(() => requests.length === 1);
    await assert.rejects(buses.get("three").respond(requests[0] ?? "", { forged: true }), withCode("ACCESS_DENIED"));
    await two.respond(requests[0] ?? "", { real: true });
    assert.deepEqual(await request, { real: true });
  });

  it("reject what is pending when they are cleared, and work afterwards", async () => {
    const seen: unknown[] = [];
    two.subscribe("plugin/two/request", () => undefined);
    one.subscribe("news", ({ payload }) => seen.push(payload));
    const request = one.request({ topic: "plugin/two/request" });
    one.clear();
    await assert.rejects(request, /^Error: MessageBus cleared$/);
    await two.publish({ topic: "news", payload: "not received" });
    one.subscribe("news", ({ payload }) => seen.push(payload));
    await two.publish({ topic: "news", payload: "received" });
    two.clear();
    two.subscribe("plugin/two/request", ({ correlationId = "" }) => two.respond(correlationId, "answer"));
    assert.equal(await one.request({ topic: "plugin/two/request" }), "answer");
    assert.deepEqual(seen, ["received"]);
  });

  it("count what they do, by the names of the guide", async () => {
    two.subscribe("plugin/two/request", () => undefined);
    const request = one.request({ topic: "plugin/two/request" });
    request.catch(() => undefined);
    await one.publish({ topic: "news/a", messageId: "1" });
    await one.publish({ topic: "news/a", messageId: "1" });
    const { subscriptions, pendingRequests, topics, deduplication } = one.getStats();
    assert.deepEqual([subscriptions, pendingRequests], [1, 1]);
    assert.deepEqual([...topics].toSorted(), ["news/a", "plugin/two/request"]);
    assert.deepEqual(deduplication, one.getDeduplicationMetrics());
    const { deduplicated, currentPending, deduplicationRate, savedMs, avgWaitTime } = deduplication;
    assert.deepEqual([deduplicated, currentPending, savedMs, avgWaitTime], [1, 1, 0, 0]);
    assert.ok(deduplicationRate > 0 && deduplicationRate < 1, String(deduplicationRate));
  });
});
