import assert from "node:assert/strict";
import type { Send } from "../../../../src/client/http/send.ts";
import { CallMetrics } from "../../../../src/client/resilience/callMetrics.ts";
import { commandRequest, FakeSend, networkFailure } from "../../../support/client/fakeSend.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

const NONE = { requestCount: 0, errorCount: 0, averageResponseTime: 0, lastRequestTime: null, errorRate: 0 };

describe("CallMetrics", () => {
  let times: FakeTimes;
  let bridge: FakeSend;
  let metrics: CallMetrics;
  let send: Send;

  beforeEach(() => {
    times = new FakeTimes();
    bridge = new FakeSend();
    metrics = new CallMetrics(times);
    send = metrics.wrap(bridge.send);
  });

  /** A call that takes some time. */
  async function call(ms: number, error?: unknown): Promise<void> {
    const done = send(commandRequest());
    await times.clock.pass(ms);
    if (error === undefined) bridge.next.respond();
    else bridge.next.fail(error);
    await done.catch(() => undefined);
  }

  it("counts calls and failures, and measures their time", async () => {
    await call(100);
    await call(200, networkFailure());
    assert.deepEqual(metrics.read(), {
      requestCount: 2,
      errorCount: 1,
      averageResponseTime: 150,
      lastRequestTime: new Date(1_000_100),
      errorRate: 0.5,
    });
    metrics.reset();
    assert.deepEqual(metrics.read(), NONE);
  });

  it("measures the latest 100 calls", async () => {
    await call(1_000_000);
    for (let count = 0; count < 100; count++) await call(10);
    assert.equal(metrics.read().averageResponseTime, 10);
  });

  it("does not count an aborted call as failed", async () => {
    const abort = new AbortController();
    const aborted = send(commandRequest("a", { signal: abort.signal }));
    await settled();
    abort.abort();
    await assert.rejects(aborted);
    assert.deepEqual(metrics.read(), { ...NONE, requestCount: 1, lastRequestTime: new Date(1_000_000) });
  });

  it("returns copies", async () => {
    await call(100);
    const copy = metrics.read();
    Object.assign(copy, { requestCount: 99 });
    copy.lastRequestTime?.setTime(0);
    assert.equal(metrics.read().requestCount, 1);
    assert.deepEqual(metrics.read().lastRequestTime, new Date(1_000_000));
  });
});
