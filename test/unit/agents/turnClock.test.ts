import assert from "node:assert/strict";
import { cancelInSteps, endOfStopped, TurnClock } from "../../../src/agents/turnClock.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { TestClock } from "../../support/testClock.ts";

const limits = { inactivityMs: 10_000, absoluteMs: 60_000, cancelMs: 5000 };
const never = new Promise<never>(() => undefined);
const forGood = new AbortController().signal;

describe("TurnClock", () => {
  let time: TestClock;
  let clock: TurnClock;
  beforeEach(() => {
    time = TestClock.stopped();
  });
  afterEach(() => {
    clock.dispose();
    time.release();
  });

  const failure = (): BridgeError | undefined => (clock.stop?.kind === "failure" ? clock.stop.error : undefined);

  it("stops a turn without activity, and reports how long it was", () => {
    clock = new TurnClock(limits, forGood);
    time.pass(limits.inactivityMs - 1);
    assert.equal(failure(), undefined);
    time.pass(1);
    assert.equal(failure()?.code, "OPERATION_TIMEOUT");
    assert.deepEqual(failure()?.context, { operation: "kiro-cli", timeoutMs: 10_000, elapsedMs: 10_000 });
  });

  it("stops a turn that takes too long, despite activity", () => {
    clock = new TurnClock(limits, forGood);
    for (let heard = 0; heard < 11; heard++) {
      time.pass(5000);
      clock.recordActivity();
    }
    assert.equal(failure(), undefined);
    time.pass(5000);
    assert.equal(failure()?.context?.["timeoutMs"], limits.absoluteMs);
  });

  it("does not count the time of a question", () => {
    clock = new TurnClock(limits, forGood);
    clock.pause();
    clock.recordActivity();
    time.pass(limits.inactivityMs * 2);
    assert.equal(failure(), undefined);
    clock.resume();
    time.pass(limits.inactivityMs);
    assert.equal(failure()?.context?.["timeoutMs"], limits.inactivityMs);
  });

  it("does not count the time of a question and of a parked call that overlap", () => {
    clock = new TurnClock(limits, forGood);
    clock.park(true);
    clock.park(true);
    clock.pause();
    clock.resume();
    time.pass(limits.inactivityMs * 2);
    assert.equal(failure(), undefined);
    clock.park(false);
    time.pass(limits.inactivityMs);
    assert.equal(failure()?.context?.["timeoutMs"], limits.inactivityMs);
  });

  it("counts the time of a parked call towards the whole turn", () => {
    clock = new TurnClock(limits, forGood);
    clock.park(true);
    time.pass(limits.absoluteMs);
    assert.equal(failure()?.context?.["timeoutMs"], limits.absoluteMs);
  });

  it("distinguishes a cancel from a deadline by the reason of the signal", async () => {
    const deadline = new BridgeError("OPERATION_TIMEOUT");
    for (const [reason, expected] of [
      [undefined, { kind: "cancel" }],
      [deadline, { kind: "failure", error: deadline }],
    ] as const) {
      const controller = new AbortController();
      clock = new TurnClock(limits, controller.signal);
      controller.abort(reason);
      assert.deepEqual(await clock.stopped, expected);
      clock.dispose();
    }
    clock = new TurnClock(limits, AbortSignal.abort());
    assert.deepEqual(await clock.stopped, { kind: "cancel" });
  });
});

describe("the steps of a cancel", () => {
  let time: TestClock;
  beforeEach(() => {
    time = TestClock.stopped();
  });
  afterEach(() => time.release());

  it("is cooperative when the end comes in time", async () => {
    const ended = Promise.withResolvers<void>();
    const ask = () => (ended.resolve(), true);
    assert.equal(await cancelInSteps({ ask, ended: ended.promise, kill: assert.fail }, limits.cancelMs), "cooperative");
  });

  it("kills when the end does not come", async () => {
    let kills = 0;
    const how = cancelInSteps({ ask: () => true, ended: never, kill: () => void kills++ }, limits.cancelMs);
    time.pass(limits.cancelMs - 1);
    assert.equal(kills, 0);
    time.pass(1);
    assert.equal(await how, "killed");
    assert.equal(kills, 1);
  });

  it("kills immediately when the agent cannot be asked", async () => {
    let kills = 0;
    assert.equal(
      await cancelInSteps({ ask: () => false, ended: never, kill: () => void kills++ }, limits.cancelMs),
      "killed",
    );
    assert.equal(kills, 1);
  });

  it("ends as cancelled, or throws the deadline", () => {
    assert.deepEqual(endOfStopped({ kind: "cancel" }, "killed"), { kind: "cancelled", how: "killed" });
    const error = new BridgeError("OPERATION_TIMEOUT");
    assert.throws(() => endOfStopped({ kind: "failure", error }, "killed"), error);
  });
});
