import assert from "node:assert/strict";
import { type Backoff, RetryPolicy, type RetryPolicyOptions } from "../../../../src/plugins/breaker/retryPolicy.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

const delays = (options: RetryPolicyOptions, attempts: number, random = 0): number[] => {
  const policy = new RetryPolicy(options, { random: () => random });
  return Array.from({ length: attempts }, (_, at) => policy.delayMs(at + 1));
};

/** Runs an operation that always fails, with each delay passing at once. */
async function attemptsOf(options: RetryPolicyOptions, error: unknown): Promise<number> {
  const clock = { now: () => 0, after: (_: number, then: () => void) => (then(), { dispose: () => undefined }) };
  let attempts = 0;
  const failing = new RetryPolicy(options, { clock }).execute((attempt) => {
    attempts += 1;
    assert.equal(attempt, attempts);
    throw error;
  });
  await assert.rejects(failing, (thrown) => thrown === error);
  return attempts;
}

describe("A retry policy", () => {
  it("has delays that grow as told, up to the longest one", () => {
    const grown: Record<Backoff, number[]> = {
      linear: [1000, 2000, 3000, 4000, 5000, 6000],
      exponential: [1000, 2000, 4000, 8000, 10_000, 10_000],
      fibonacci: [1000, 1000, 2000, 3000, 5000, 8000],
    };
    for (const backoff of ["linear", "exponential", "fibonacci"] as const) {
      assert.deepEqual(delays({ backoff }, 6), grown[backoff]);
      assert.equal(delays({ backoff }, 2000).at(-1), 10_000);
    }
    assert.deepEqual(delays({}, 6), grown.exponential);
  });

  it("makes a part of each delay random", () => {
    assert.deepEqual(delays({}, 3, 0.5), [750, 1500, 3000]);
    assert.deepEqual(delays({ jitter: 1 }, 2, 0.75), [250, 500]);
    assert.deepEqual(delays({ jitter: 0 }, 2, 0.75), [1000, 2000]);
  });

  it("repeats as often as configured, then throws the last error", async () => {
    assert.equal(await attemptsOf({}, new Error("down")), 4);
    assert.equal(await attemptsOf({ maxRetries: 0 }, new Error("down")), 1);
  });

  it("returns the first result", async () => {
    const policy = new RetryPolicy({ initialDelay: 0 });
    const result = await policy.execute(async (attempt) => (attempt < 3 ? Promise.reject(new Error("down")) : attempt));
    assert.equal(result, 3);
  });

  it("repeats only what is named as retryable, by code or text", async () => {
    const retryableErrors = ["ECONNRESET", "timed out"];
    assert.equal(await attemptsOf({ retryableErrors }, Object.assign(new Error("x"), { code: "ECONNRESET" })), 4);
    assert.equal(await attemptsOf({ retryableErrors }, new Error("The query timed out.")), 4);
    assert.equal(await attemptsOf({ retryableErrors }, new Error("wrong password")), 1);
    assert.equal(await attemptsOf({ retryableErrors: [] }, new Error("timed out")), 1);
  });

  it("does not repeat what the bridge calls final, unless told so", async () => {
    const denied = new BridgeError("ACCESS_DENIED");
    assert.equal(await attemptsOf({}, denied), 1);
    assert.equal(await attemptsOf({ retryableErrors: ["ACCESS_DENIED"] }, denied), 4);
    assert.equal(await attemptsOf({}, new BridgeError("OPERATION_TIMEOUT")), 4);
  });

  it("ends during a delay when the signal aborts", async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    let attempts = 0;
    const work = new RetryPolicy({}, { clock }).execute(() => {
      attempts += 1;
      throw new Error("down");
    }, abort.signal);
    abort.abort(new Error("no longer wanted"));
    await assert.rejects(work, /no longer wanted/);
    await clock.pass(60_000);
    assert.equal(attempts, 1);
  });

  it("refuses options that make no sense", () => {
    for (const broken of [{ maxRetries: -1 }, { initialDelay: Number.NaN }, { backoff: "square" as Backoff }]) {
      assert.throws(() => new RetryPolicy(broken), RangeError);
    }
  });
});
