import assert from "node:assert/strict";
import { OutsideActivity } from "../../../src/core/outsideActivity.ts";
import { TestClock } from "../../support/testClock.ts";

describe("OutsideActivity", () => {
  let clock: TestClock;

  beforeEach(() => {
    clock = TestClock.stopped();
  });
  afterEach(() => clock.release());

  it("remembers a command while it runs and for two seconds more", async () => {
    const activity = new OutsideActivity();
    assert.equal(activity.latest(), undefined);
    const run = Promise.withResolvers<void>();
    activity.track("slow", run.promise);
    clock.pass(60 * 60_000);
    assert.equal(activity.latest(), "slow");
    run.resolve();
    await new Promise(setImmediate);
    clock.pass(1999);
    assert.equal(activity.latest(), "slow");
    clock.pass(1);
    assert.equal(activity.latest(), undefined);
  });

  it("names one that runs rather than one that has ended", async () => {
    const activity = new OutsideActivity();
    activity.track("runs", new Promise(() => undefined));
    activity.track("ended", Promise.resolve());
    await new Promise(setImmediate);
    assert.equal(activity.latest(), "runs");
  });
});
