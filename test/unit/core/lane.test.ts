import assert from "node:assert/strict";
import { Lane } from "../../../src/core/lane.ts";

describe("Lane", () => {
  /** Enters work that ends when it is told to. */
  const enter = (lane: Lane, begun: string[], name: string) => {
    const work = Promise.withResolvers<void>();
    const place = lane.enter(() => {
      begun.push(name);
      return work.promise;
    });
    return { ...place, end: () => (work.resolve(), place.done) };
  };

  it("runs as many at once as it may, and the others first come, first served", async () => {
    const begun: string[] = [];
    const lane = new Lane({ concurrency: 2, maxQueued: 10 });
    const places = ["a", "b", "c", "d", "e"].map((name) => enter(lane, begun, name));
    assert.deepEqual([begun, lane.queued], [["a", "b"], 3]);
    await places[1]?.end();
    assert.deepEqual(begun, ["a", "b", "c"]);
    places[3]?.leave();
    await places[0]?.end();
    assert.deepEqual([begun, lane.queued], [["a", "b", "c", "e"], 0]);
  });

  it("gives the place of work that fails to the next", async () => {
    const begun: string[] = [];
    const lane = new Lane({ concurrency: 1, maxQueued: 10 });
    const failing = lane.enter(() => Promise.reject(new Error("it broke")));
    enter(lane, begun, "next");
    await assert.rejects(failing.done, /it broke/);
    assert.deepEqual(begun, ["next"]);
  });
});
