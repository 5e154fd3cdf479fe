import assert from "node:assert/strict";
import { RunOnce } from "../../../src/base/runOnce.ts";

describe("RunOnce", () => {
  it("runs once for many requests, and again for later ones", async () => {
    let next = Promise.withResolvers<void>();
    let runs = 0;
    const once = new RunOnce(() => {
      runs++;
      next.resolve();
    }, 1);
    for (let round = 1; round <= 2; round++) {
      next = Promise.withResolvers<void>();
      for (let request = 0; request < 10; request++) once.schedule();
      await next.promise;
      assert.equal(runs, round);
    }
  });

  it("runs at once in place of a pending run", () => {
    let runs = 0;
    const once = new RunOnce(() => runs++, 3_600_000);
    once.schedule();
    once.now();
    assert.equal(runs, 1);
    once.dispose();
  });

  it("does not run after it was disposed", async () => {
    let runs = 0;
    const once = new RunOnce(() => runs++, 0);
    once.schedule();
    once.dispose();
    const later = Promise.withResolvers<void>();
    new RunOnce(later.resolve, 0).schedule();
    await later.promise;
    assert.equal(runs, 0);
  });
});
