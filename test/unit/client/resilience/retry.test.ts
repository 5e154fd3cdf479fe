import assert from "node:assert/strict";
import type { Send, WireRequest } from "../../../../src/client/http/send.ts";
import { retrying, RetryPolicy, type RetryOptions } from "../../../../src/client/resilience/retry.ts";
import { bridgeFailure, commandRequest, FakeSend, networkFailure } from "../../../support/client/fakeSend.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

const status: WireRequest = { method: "GET", path: "/api/kiro/status" };

describe("Retries", () => {
  let times: FakeTimes;
  let bridge: FakeSend;

  const sender = (options: RetryOptions = {}): Send => retrying(bridge.send, new RetryPolicy(options, times));

  /** Fails every attempt of a call, and returns the delays between them, to half a second. */
  async function delaysOf(call: Promise<Response>, error: () => unknown = networkFailure): Promise<number[]> {
    const delays: number[] = [];
    const progress = { isDone: false };
    const done = call.catch(() => undefined).finally(() => (progress.isDone = true));
    for (let delayMs = 0; !progress.isDone; delayMs += 500) {
      await settled();
      if (bridge.open.length > 0) {
        delays.push(delayMs);
        delayMs = 0;
        bridge.next.fail(error());
        await settled();
      }
      await times.clock.pass(500);
    }
    await done;
    return delays.slice(1);
  }

  beforeEach(() => {
    times = new FakeTimes();
    bridge = new FakeSend();
  });

  it("repeat a call three times, after at most 1, 2 and 4 seconds", async () => {
    const call = sender()(status);
    const rejected = assert.rejects(call, { code: "NETWORK_ERROR" });
    assert.deepEqual(await delaysOf(call), [1000, 2000, 4000]);
    await rejected;
  });

  it("wait no longer than the longest delay", async () => {
    const options = { maxRetries: 5, baseDelayMs: 10_000, backoffMultiplier: 3, maxDelayMs: 30_000 };
    assert.deepEqual(await delaysOf(sender(options)(status)), [10_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it("wait a random part of each delay", async () => {
    times.chance = 0.5;
    assert.deepEqual(await delaysOf(sender({ maxRetries: 2 })(status)), [500, 1000]);
  });

  it("wait as long as the bridge asks, and a random part of the delay in addition", async () => {
    const limited = (): unknown => bridgeFailure("RATE_LIMIT_EXCEEDED", { retryAfterMs: 40_000 });
    assert.deepEqual(await delaysOf(sender({ maxRetries: 1 })(status), limited), [41_000]);
  });

  it("give up at once when the bridge asks for more than two minutes", async () => {
    const call = sender()(status);
    await settled();
    bridge.next.fail(bridgeFailure("RATE_LIMIT_EXCEEDED", { retryAfterMs: 121_000 }));
    await assert.rejects(call, { code: "RATE_LIMIT_EXCEEDED", retryAfterMs: 121_000 });
    assert.equal(bridge.requests.length, 1);
  });

  it("end with the first success", async () => {
    const call = sender()(status);
    await settled();
    bridge.next.fail(bridgeFailure("KIRO_UNAVAILABLE"));
    await times.clock.pass(1000);
    bridge.next.respond({ status: "ready" });
    assert.deepEqual(await (await call).json(), { status: "ready" });
  });

  it("repeat only what may succeed later", async () => {
    for (const code of ["VALIDATION_FAILED", "AUTHENTICATION_FAILED", "CONFLICT", "INTERNAL_ERROR"] as const) {
      const call = sender()(status);
      await settled();
      bridge.next.fail(bridgeFailure(code));
      await assert.rejects(call, { code });
    }
    assert.equal(bridge.requests.length, 4);
  });

  it("repeat the codes that are named, and no others", async () => {
    const named = sender({ retryableErrors: ["INTERNAL_ERROR"], maxRetries: 1 });
    assert.equal((await delaysOf(named(status), () => bridgeFailure("INTERNAL_ERROR"))).length, 1);
    assert.equal((await delaysOf(named(status), () => bridgeFailure("KIRO_UNAVAILABLE"))).length, 0);
    assert.equal(bridge.requests.length, 3);
  });

  const repeated: readonly WireRequest[] = [
    status,
    { method: "DELETE", path: "/kiro/sessions/a" },
    { method: "POST", path: "/api/kiro/tickets" },
    { method: "POST", path: "/api/kiro/policy/check" },
    { method: "POST", path: "/api/kiro/executions/exec-1/cancel" },
    commandRequest(),
  ];
  for (const request of repeated) {
    it(`repeat ${request.method} ${request.path}`, async () => {
      await delaysOf(sender({ maxRetries: 1 })(request));
      assert.equal(bridge.requests.length, 2);
    });
  }

  it("send the same Idempotency-Key each time", async () => {
    await delaysOf(sender()(commandRequest("a", { idempotencyKey: "key" })));
    assert.deepEqual(
      bridge.requests.map(({ idempotencyKey }) => idempotencyKey),
      ["key", "key", "key", "key"],
    );
  });

  it("never repeat an answer, or a command without an Idempotency-Key", async () => {
    const answer: WireRequest = { method: "POST", path: "/api/kiro/input" };
    for (const request of [answer, commandRequest("a", { idempotencyKey: undefined })]) {
      const call = sender()(request);
      await settled();
      bridge.next.fail(networkFailure());
      await assert.rejects(call, { code: "NETWORK_ERROR" });
    }
    assert.equal(bridge.requests.length, 2);
  });

  it("give up when the same execution has failed again, but not when it was another one", async () => {
    const executionIds = ["exec-1", "exec-2", "exec-2"];
    const failed = (): unknown => bridgeFailure("OPERATION_TIMEOUT", { executionId: executionIds.shift() });
    const call = sender({ maxRetries: 9 })(commandRequest());
    const rejected = assert.rejects(call, { code: "OPERATION_TIMEOUT", executionId: "exec-2" });
    await delaysOf(call, failed);
    await rejected;
    assert.equal(bridge.requests.length, 3);
  });

  it("end with the reason of the signal during a delay", async () => {
    const abort = new AbortController();
    const call = sender()({ ...status, signal: abort.signal });
    await settled();
    bridge.next.fail(networkFailure());
    await settled();
    const rejected = assert.rejects(call, /enough/);
    abort.abort(new Error("enough"));
    await rejected;
    assert.equal(times.clock.waiting, 0);
    await times.clock.pass(100_000);
    assert.equal(bridge.requests.length, 1);
  });

  it("refuse numbers that are none", () => {
    assert.throws(() => sender({ maxRetries: Number.NaN }), RangeError);
    assert.throws(() => sender({ baseDelayMs: -1 }), RangeError);
  });
});
