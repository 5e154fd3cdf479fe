import assert from "node:assert/strict";
import { OutsideActivity } from "../../../src/core/outsideActivity.ts";

describe("OutsideActivity", () => {
  it("remembers a command while it runs and for two seconds more", async () => {
    const activity = new OutsideActivity();
    assert.equal(activity.latest(), undefined);
    const run = Promise.withResolvers<void>();
    activity.track("slow", run.promise);
    assert.equal(activity.latest(Number.MAX_SAFE_INTEGER), "slow");
    const before = performance.now();
    run.resolve();
    await new Promise(setImmediate);
    const after = performance.now();
    assert.equal(activity.latest(before + 1999), "slow");
    assert.equal(activity.latest(after + 2000), undefined);
  });

  it("names one that runs rather than one that has ended", async () => {
    const activity = new OutsideActivity();
    activity.track("runs", new Promise(() => undefined));
    activity.track("ended", Promise.resolve());
    await new Promise(setImmediate);
    assert.equal(activity.latest(), "runs");
  });
});
