import assert from "node:assert/strict";
import { CircuitBreaker } from "../../../../src/client/resilience/circuitBreaker.ts";
import { bridgeFailure, networkFailure } from "../../../support/client/fakeSend.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

describe("CircuitBreaker", () => {
  let times: FakeTimes;
  let breaker: CircuitBreaker;

  const pass = (): Promise<string> => breaker.run(async () => "done", undefined);
  const fail = async (error: unknown = networkFailure()): Promise<void> => {
    const work = breaker.run(() => Promise.reject(error), undefined);
    await work.catch(() => undefined);
  };
  const open = async (): Promise<void> => {
    for (let count = 0; count < 5; count++) await fail();
    assert.equal(breaker.state, "OPEN");
  };
  /** Starts a call that ends as the test says. */
  function hold(signal?: AbortSignal): PromiseWithResolvers<string> & { readonly call: Promise<string> } {
    const work = Promise.withResolvers<string>();
    const call = breaker.run(() => work.promise, signal);
    call.catch(() => undefined);
    return { ...work, call };
  }

  beforeEach(() => {
    times = new FakeTimes();
    breaker = new CircuitBreaker({}, times);
  });

  it("opens after 5 failures in a row, for 60 s", async () => {
    for (let count = 1; count <= 4; count++) await fail();
    assert.equal(breaker.state, "CLOSED");
    await fail();
    assert.deepEqual(breaker.metrics, {
      state: "OPEN",
      failureCount: 5,
      lastFailureTime: 1_000_000,
      nextAttemptTime: 1_060_000,
    });
    await times.clock.pass(59_999);
    await assert.rejects(pass(), { code: "CIRCUIT_OPEN", recoverable: true, retryAfterMs: 1 });
    await times.clock.pass(1);
    assert.equal(await pass(), "done");
    assert.equal(breaker.state, "CLOSED");
    assert.equal(breaker.metrics.failureCount, 0);
  });

  it("starts to count again after a success", async () => {
    for (let count = 1; count <= 4; count++) await fail();
    await pass();
    for (let count = 1; count <= 4; count++) await fail();
    assert.equal(breaker.state, "CLOSED");
  });

  it("forgets failures that are older than the monitoring period", async () => {
    for (let count = 1; count <= 4; count++) await fail();
    await times.clock.pass(30_000);
    assert.equal(breaker.metrics.failureCount, 0);
    await fail();
    assert.equal(breaker.state, "CLOSED");
    assert.equal(breaker.metrics.failureCount, 1);
  });

  it("counts only failures of the bridge", async () => {
    for (let count = 0; count < 9; count++) await fail(bridgeFailure("NOT_FOUND"));
    for (let count = 0; count < 9; count++) await fail(bridgeFailure("RATE_LIMIT_EXCEEDED"));
    for (let count = 0; count < 9; count++) await fail(new Error("a mistake of the caller"));
    assert.equal(breaker.metrics.failureCount, 0);
    await fail(bridgeFailure("OPERATION_TIMEOUT"));
    await fail(bridgeFailure("INTERNAL_ERROR"));
    await fail(bridgeFailure("KIRO_UNAVAILABLE"));
    assert.equal(breaker.metrics.failureCount, 3);
  });

  it("does not count aborted calls", async () => {
    for (let count = 0; count < 9; count++) {
      const abort = new AbortController();
      const held = hold(abort.signal);
      abort.abort();
      held.reject(networkFailure());
      await assert.rejects(held.call);
    }
    assert.equal(breaker.metrics.failureCount, 0);
  });

  it("lets one call try the bridge, and the others wait for its outcome", async () => {
    await open();
    await times.clock.pass(60_000);
    const probe = hold();
    assert.equal(breaker.state, "HALF_OPEN");
    let started = 0;
    const others = [1, 2, 3].map(() => breaker.run(async () => ++started, undefined));
    await settled();
    assert.equal(started, 0);
    probe.resolve("done");
    assert.deepEqual(await Promise.all(others), [1, 2, 3]);
    assert.equal(breaker.state, "CLOSED");
  });

  it("opens again when the probe fails, and refuses the waiting calls", async () => {
    await open();
    await times.clock.pass(60_000);
    const probe = hold();
    const other = pass();
    const refused = assert.rejects(other, { code: "CIRCUIT_OPEN" });
    probe.reject(networkFailure());
    await refused;
    assert.deepEqual(breaker.metrics, {
      state: "OPEN",
      failureCount: 6,
      lastFailureTime: 1_060_000,
      nextAttemptTime: 1_120_000,
    });
  });

  it("lets a waiting call take the place of an aborted probe", async () => {
    await open();
    await times.clock.pass(60_000);
    const abort = new AbortController();
    const probe = hold(abort.signal);
    const [second, third] = [hold(), hold()];
    abort.abort();
    probe.reject(abort.signal.reason);
    await settled();
    assert.equal(breaker.state, "HALF_OPEN");
    second.resolve("second");
    third.resolve("third");
    assert.equal(await second.call, "second");
    assert.equal(await third.call, "third");
    assert.equal(breaker.state, "CLOSED");
  });

  it("ends the wait of a call that is aborted, and leaves no timer", async () => {
    await open();
    await times.clock.pass(60_000);
    const probe = hold();
    const abort = new AbortController();
    const waiting = hold(abort.signal);
    await settled();
    abort.abort(new Error("enough"));
    await assert.rejects(waiting.call, /enough/);
    assert.equal(times.clock.waiting, 0);
    probe.resolve("done");
    await probe.call;
    assert.equal(breaker.state, "CLOSED");
  });

  it("refuses a call that has waited for a slow probe as long as the circuit stays open", async () => {
    await open();
    await times.clock.pass(60_000);
    const probe = hold();
    const refused = assert.rejects(pass(), { code: "CIRCUIT_OPEN" });
    await times.clock.pass(60_000);
    await refused;
    probe.resolve("done");
    await probe.call;
    assert.equal(times.clock.waiting, 0);
  });

  it("ignores the outcome of calls that began before it opened", async () => {
    const [early, late] = [hold(), hold()];
    await open();
    early.resolve("done");
    await early.call;
    assert.equal(breaker.state, "OPEN");
    await times.clock.pass(60_000);
    const probe = hold();
    late.reject(networkFailure());
    await assert.rejects(late.call);
    assert.equal(breaker.state, "HALF_OPEN");
    probe.resolve("done");
    await probe.call;
    assert.equal(breaker.state, "CLOSED");
  });

  it("returns copies of its metrics", () => {
    assert.notEqual(breaker.metrics, breaker.metrics);
    Object.assign(breaker.metrics, { failureCount: 99, state: "OPEN" });
    assert.equal(breaker.metrics.failureCount, 0);
    assert.equal(breaker.state, "CLOSED");
  });
});
