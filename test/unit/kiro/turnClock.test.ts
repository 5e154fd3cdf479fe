import assert from "node:assert/strict";
import { within } from "../../../src/base/deadline.ts";
import { cancelInSteps, endOfStopped, TurnClock } from "../../../src/kiro/turnClock.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";

const limits = { inactivityMs: 10_000, absoluteMs: 10_000, cancelMs: 20 };
const never = new Promise<never>(() => undefined);

async function stopOf(clock: TurnClock) {
  const stop = await within(clock.stopped, 2000, undefined);
  clock.dispose();
  return stop;
}

describe("TurnClock", () => {
  it("stops a turn that gives no sign of life, and says how long it was", async () => {
    const clock = new TurnClock({ ...limits, inactivityMs: 20 }, new AbortController().signal);
    const stop = await stopOf(clock);
    assert.ok(stop?.kind === "failure");
    assert.equal(stop.error.code, "OPERATION_TIMEOUT");
    assert.equal(stop.error.context?.["operation"], "kiro-cli");
    assert.equal(stop.error.context?.["timeoutMs"], 20);
    assert.ok(Number(stop.error.context?.["elapsedMs"]) >= 15);
  });

  it("stops a turn that takes too long, however lively it is", async () => {
    const clock = new TurnClock({ ...limits, inactivityMs: 60, absoluteMs: 100 }, new AbortController().signal);
    const life = setInterval(() => clock.heard(), 5);
    const stop = await stopOf(clock);
    clearInterval(life);
    assert.ok(stop?.kind === "failure");
    assert.equal(stop.error.context?.["timeoutMs"], 100);
  });

  it("does not count the time of a question", async () => {
    const clock = new TurnClock({ ...limits, inactivityMs: 20 }, new AbortController().signal);
    clock.pause();
    clock.heard();
    assert.equal(await within(clock.stopped, 60, "still open"), "still open");
    clock.resume();
    assert.equal((await stopOf(clock))?.kind, "failure");
  });

  it("tells a cancel from a deadline by the reason of the signal", async () => {
    const deadline = new BridgeError("OPERATION_TIMEOUT");
    for (const [reason, expected] of [
      [undefined, { kind: "cancel" }],
      [deadline, { kind: "failure", error: deadline }],
    ] as const) {
      const controller = new AbortController();
      const clock = new TurnClock(limits, controller.signal);
      controller.abort(reason);
      assert.deepEqual(await stopOf(clock), expected);
    }
    assert.deepEqual(await stopOf(new TurnClock(limits, AbortSignal.abort())), { kind: "cancel" });
  });
});

describe("the cancel ladder", () => {
  it("is cooperative when the end comes in time", async () => {
    const ended = Promise.withResolvers<void>();
    const ask = () => (ended.resolve(), true);
    assert.equal(await cancelInSteps({ ask, ended: ended.promise, kill: assert.fail }, limits.cancelMs), "cooperative");
  });

  it("kills when the end does not come, and at once when nobody can be asked", async () => {
    let kills = 0;
    const kill = () => void kills++;
    assert.equal(await cancelInSteps({ ask: () => true, ended: never, kill }, limits.cancelMs), "killed");
    const startedAt = performance.now();
    assert.equal(await cancelInSteps({ ask: () => false, ended: never, kill }, 5000), "killed");
    assert.ok(performance.now() - startedAt < 1000);
    assert.equal(kills, 2);
  });

  it("ends as cancelled, or throws the deadline", () => {
    assert.deepEqual(endOfStopped({ kind: "cancel" }, "killed"), { kind: "cancelled", how: "killed" });
    const error = new BridgeError("OPERATION_TIMEOUT");
    assert.throws(() => endOfStopped({ kind: "failure", error }, "killed"), error);
  });
});
