import assert from "node:assert/strict";
import { Crashes } from "../../../../../src/plugins/hub/process/crashes.ts";

describe("The crashes of a plugin", () => {
  const limits = { firstDelayMs: 1000, maxDelayMs: 3000, maxCrashes: 5, windowMs: 60_000 };

  it("delay its starts more and more, and end them when they are too many", () => {
    const crashes = new Crashes(limits);
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((now) => crashes.crashed(now)),
      [1000, 2000, 3000, 3000, undefined],
    );
  });

  it("count within their window only", () => {
    const crashes = new Crashes(limits);
    for (let at = 0; at < 20; at++) assert.equal(crashes.crashed(at * 20_000) === undefined, false);
    assert.equal(crashes.count, 3);
  });

  it("are forgotten when the user starts it", () => {
    const crashes = new Crashes(limits);
    for (const now of [0, 1, 2, 3]) crashes.crashed(now);
    crashes.forget();
    assert.equal(crashes.crashed(4), 1000);
  });
});
