import assert from "node:assert/strict";
import { OutsideActivity } from "../../../../src/core/commands/outsideActivity.ts";

describe("OutsideActivity", () => {
  it("remembers a command while it runs and for two more seconds", () => {
    const activity = new OutsideActivity();
    assert.equal(activity.latest(0), undefined);
    activity.began("exec-1", "slow");
    assert.equal(activity.latest(3_600_000), "slow");
    activity.ended("exec-1", 3_600_000);
    assert.equal(activity.latest(3_601_999), "slow");
    assert.equal(activity.latest(3_602_000), undefined);
  });

  it("prefers a running command to an ended one", () => {
    const activity = new OutsideActivity();
    activity.began("exec-1", "runs");
    activity.began("exec-2", "ended");
    activity.ended("exec-2", 0);
    assert.equal(activity.latest(0), "runs");
  });

  it("ignores the end of a command that did not start here", () => {
    const activity = new OutsideActivity();
    activity.ended("exec-1", 0);
    assert.equal(activity.latest(0), undefined);
  });
});
