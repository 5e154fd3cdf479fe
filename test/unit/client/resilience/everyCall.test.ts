import assert from "node:assert/strict";
import fc from "fast-check";
import { composeSend, type ResilienceOptions } from "../../../../src/client/resilience/composeSend.ts";
import { bridgeFailure, commandRequest, FakeSend, networkFailure } from "../../../support/client/fakeSend.ts";
import { FakeTimes } from "../../../support/client/fakeTimes.ts";
import { settled } from "../../../support/windows/manualClock.ts";

const orOff = <T>(options: fc.Arbitrary<T>): fc.Arbitrary<T | boolean> => fc.oneof(fc.boolean(), options);

const anyOptions: fc.Arbitrary<ResilienceOptions> = fc.record({
  retry: orOff(fc.record({ maxRetries: fc.nat(3), baseDelayMs: fc.nat(100) })),
  circuitBreaker: orOff(
    fc.record({
      failureThreshold: fc.integer({ min: 1, max: 3 }),
      recoveryTimeoutMs: fc.integer({ min: 50, max: 600 }),
      monitoringPeriodMs: fc.nat(2000),
    }),
  ),
  queue: orOff(fc.record({ maxConcurrent: fc.integer({ min: 1, max: 4 }) })),
  pool: fc.option(fc.record({ maxSockets: fc.integer({ min: 1, max: 4 }) }), { nil: undefined }),
});

const outcomes = ["done", "network", "rejected", "limited", "silent"] as const;

const anyCall = fc.record({
  priority: fc.integer({ min: -2, max: 2 }),
  /** Of its attempts, one after the other; the last one repeats. */
  outcomes: fc.array(fc.constantFrom(...outcomes), { minLength: 1, maxLength: 4 }),
  /** The step in which it is called, and the one in which it is aborted, if ever. */
  startsAt: fc.nat(15),
  abortsAt: fc.option(fc.nat(30), { nil: undefined }),
});

type Call = ReturnType<(typeof anyCall)["generate"]>["value"];

const STEP_MS = 50;
const ABORTED = new Error("aborted");

/** Plays the bridge: responds to every request that is open, as its call says. */
function respond(bridge: FakeSend, calls: readonly Call[], attempts: number[]): void {
  for (const arrival of bridge.open) {
    const id = Number(arrival.request.command);
    const attempt = attempts[id] ?? 0;
    const outcome = calls[id]?.outcomes[Math.min(attempt, calls[id].outcomes.length - 1)];
    if (outcome === "silent") continue;
    attempts[id] = attempt + 1;
    if (outcome === "done") arrival.respond({ id });
    else if (outcome === "network") arrival.fail(networkFailure());
    else if (outcome === "rejected") arrival.fail(bridgeFailure("NOT_FOUND"));
    else arrival.fail(bridgeFailure("RATE_LIMIT_EXCEEDED", { retryAfterMs: 20 }));
  }
}

async function play(options: ResilienceOptions, calls: readonly Call[]): Promise<void> {
  const times = new FakeTimes();
  const bridge = new FakeSend();
  const { send, queue, metrics } = composeSend(bridge.send, options, times);
  const aborts = calls.map(() => new AbortController());
  const ends = calls.map((): unknown[] => []);
  const attempts: number[] = [];
  const call = (id: number, priority: number): void => {
    const request = commandRequest(String(id), { priority, signal: aborts[id]?.signal });
    void send(request).then(
      async (response) => ends[id]?.push(await response.json()),
      (error: unknown) => ends[id]?.push(error),
    );
  };
  for (let step = 0; step <= 40; step++) {
    for (const [id, { startsAt, priority }] of calls.entries()) if (startsAt === step) call(id, priority);
    for (const [id, { abortsAt }] of calls.entries()) if (abortsAt === step) aborts[id]?.abort(ABORTED);
    await settled();
    for (const [id, { abortsAt = Infinity, startsAt }] of calls.entries())
      if (abortsAt <= step && startsAt <= step) assert.equal(ends[id]?.length, 1, `call ${id} goes on after its abort`);
    respond(bridge, calls, attempts);
    await times.clock.pass(STEP_MS);
  }
  for (let step = 0; step < 60; step++) {
    respond(bridge, calls, attempts);
    await times.clock.pass(5000);
  }
  const isAnswered = calls.every((each) => !each.outcomes.includes("silent"));
  if (isAnswered)
    assert.ok(
      ends.every(({ length }) => length === 1),
      "a call waits, although each got its responses",
    );
  // The client is closed: whatever is left ends now.
  for (const abort of aborts) abort.abort(ABORTED);
  await settled();
  await settled();

  for (const [id, end] of ends.entries()) {
    assert.equal(end.length, 1, `call ${id} has ended ${end.length} times`);
    if (!(end[0] instanceof Error)) assert.deepEqual(end[0], { id });
  }
  assert.equal(times.clock.waiting, 0);
  assert.equal(bridge.open.length, 0);
  assert.deepEqual(queue?.status ?? { queueLength: 0 }, {
    queueLength: 0,
    ...(queue !== undefined && { activeCommands: 0, processing: false }),
  });
  const limit = Math.min(
    typeof options.queue === "object" ? (options.queue.maxConcurrent ?? 3) : options.queue === true ? 3 : Infinity,
    options.pool?.maxSockets ?? Infinity,
  );
  assert.ok(bridge.maxOpen <= limit);
  assert.ok(metrics.read().requestCount <= calls.length);
}

describe("A call", () => {
  it("ends exactly once, and leaves nothing, with any options, outcomes and aborts", async () => {
    await fc.assert(fc.asyncProperty(anyOptions, fc.array(anyCall, { maxLength: 12 }), play), { numRuns: 400 });
  });
});
