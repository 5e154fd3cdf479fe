import assert from "node:assert/strict";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { TestClock } from "../../support/testClock.ts";
import { until } from "../../support/until.ts";
import { restarts, setUpSessions } from "./sessionsRig.ts";

describe("Sessions as time passes", () => {
  let clock: TestClock;
  beforeEach(() => {
    clock = TestClock.stopped();
  });
  afterEach(() => clock.release());

  it("end their process after a time without a prompt", async () => {
    const { fakes, run, sessions } = setUpSessions({ idleSessionMs: 60_000 });
    await run("default", "ok");
    clock.pass(59_999);
    assert.equal(sessions.list()[0]?.state, "idle");
    clock.pass(1);
    await until(() => fakes.alive === 0 && sessions.live === 0);
    const { state, transport } = sessions.list()[0] ?? {};
    assert.deepEqual([state, transport], ["sleeping", undefined]);
    await run("default", "ok");
    assert.equal(fakes.agents.length, 2);
  });

  it("increase the delay between failing starts, except for failures that a user must fix", async () => {
    const { fakes, run } = setUpSessions();
    fakes.failure = new BridgeError("KIRO_UNAVAILABLE", "not logged in", { reason: "not_logged_in" });
    for (let count = 0; count < 5; count++) await assert.rejects(run("default", "ok"), { message: "not logged in" });
    fakes.failure = new BridgeError("KIRO_UNAVAILABLE", "ended at its start", { reason: "not_running" });
    for (let count = 0; count < 2; count++) await assert.rejects(run("fresh", "ok"), { message: "ended at its start" });
    assert.equal(fakes.attempts, 7);
    const third = run("fresh", "ok");
    clock.pass(restarts.firstDelayMs - 1);
    await new Promise(setImmediate);
    assert.equal(fakes.attempts, 7, "the third start waits");
    clock.pass(1);
    await assert.rejects(third, { message: "ended at its start" });
    assert.equal(fakes.attempts, 8);
    await assert.rejects(run("fresh", "ok"), /crashed 3 times in a row/u);
    assert.equal(fakes.attempts, 8);
  });

  it("try again after the cool-down", async () => {
    const { fakes, run } = setUpSessions();
    for (let count = 0; count < 2; count++) await assert.rejects(run("default", "crash"));
    const third = run("default", "crash");
    await new Promise(setImmediate);
    clock.pass(restarts.firstDelayMs);
    await assert.rejects(third);
    clock.pass(restarts.coolDownMs - 1);
    await assert.rejects(run("default", "ok"), { code: "KIRO_UNAVAILABLE" });
    clock.pass(1);
    assert.equal((await run("default", "ok")).end.kind, "ended");
    assert.equal(fakes.attempts, 4);
  });
});
