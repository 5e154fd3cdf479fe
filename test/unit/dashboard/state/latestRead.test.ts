import assert from "node:assert/strict";
import { LatestRead } from "../../../../src/dashboard/state/latestRead.ts";

describe("LatestRead", () => {
  it("reads once more for any number of requests during a read", async () => {
    const reads: PromiseWithResolvers<void>[] = [];
    const latest = new LatestRead(() => {
      const read = Promise.withResolvers<void>();
      reads.push(read);
      return read.promise;
    });
    const done = latest.request();
    for (let request = 0; request < 10; request++) await latest.request();
    assert.equal(reads.length, 1);
    reads[0]?.resolve();
    while (reads.length < 2) await Promise.resolve();
    reads[1]?.resolve();
    await done;
    assert.equal(reads.length, 2);
  });

  it("reads again after a read that has failed", async () => {
    let reads = 0;
    const latest = new LatestRead(async () => {
      if (++reads === 1) throw new Error("no answer");
    });
    await assert.rejects(latest.request(), /no answer/);
    await latest.request();
    assert.equal(reads, 2);
  });
});
