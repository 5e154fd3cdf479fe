import assert from "node:assert/strict";
import { OutsideActivity } from "../../../../src/core/commands/outsideActivity.ts";

describe("OutsideActivity", () => {
  it("remembers a command while it runs and for two seconds more", () => {
    const activity = new OutsideActivity();
    assert.equal(activity.latest(0), undefined);
    activity.began("exec-1", "slow");
    assert.equal(activity.latest(3_600_000), "slow");
    activity.ended("exec-1", 3_600_000);
    assert.equal(activity.latest(3_601_999), "slow");
    assert.equal(activity.latest(3_602_000), undefined);
  });

  it("names one that runs rather than one that has ended", () => {
    const activity = new OutsideActivity();
    activity.began("exec-1", "runs");
    activity.began("exec-2", "ended");
    activity.ended("exec-2", 0);
    assert.equal(activity.latest(0), "runs");
  });

  it("is not changed by the end of what did not begin here", () => {
    const activity = new OutsideActivity();
    activity.ended("exec-1", 0);
    assert.equal(activity.latest(0), undefined);
  });
});
