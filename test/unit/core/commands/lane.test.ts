import assert from "node:assert/strict";
import { owner } from "../../../../src/core/access/principal.ts";
import { Lane } from "../../../../src/core/commands/lane.ts";
import { makeCore } from "../../../support/core.ts";
import { FakeEditor } from "../../../support/fakePorts.ts";

describe("Lane", () => {
  /** Enters work that goes on until it leaves. */
  const enter = (lane: Lane, begun: string[], name: string) => {
    const turn = { executionId: name, principal: owner, begin: () => void begun.push(name) };
    lane.enter(turn);
    return { leave: () => lane.leave(turn) };
  };
  /** The next begins a moment after another leaves. */
  const moment = () => Promise.resolve();

  it("runs up to its limit in parallel, and the others in order of arrival", async () => {
    const begun: string[] = [];
    const lane = new Lane({ concurrency: 2, maxQueued: 10 });
    const places = ["a", "b", "c", "d", "e"].map((name) => enter(lane, begun, name));
    assert.deepEqual([begun, lane.queued], [["a", "b"], 3]);
    places[1]?.leave();
    await moment();
    assert.deepEqual(begun, ["a", "b", "c"]);
    places[3]?.leave();
    places[0]?.leave();
    await moment();
    assert.deepEqual([begun, lane.queued], [["a", "b", "c", "e"], 0]);
  });

  it("never lets a new task overtake waiting ones, and starts none that is removed in the same turn", async () => {
    const begun: string[] = [];
    const lane = new Lane({ concurrency: 1, maxQueued: 10 });
    const [first, second] = ["a", "b", "c"].map((name) => enter(lane, begun, name));
    first?.leave();
    second?.leave();
    enter(lane, begun, "d");
    assert.deepEqual([begun, lane.queued, lane.isIdle], [["a"], 2, false]);
    await moment();
    assert.deepEqual([begun, lane.queued], [["a", "c"], 1]);
  });

  it("starts the next task when one fails", async () => {
    const broken = () => {
      throw new Error("it broke");
    };
    const editor = new FakeEditor({ broken, echo: (value) => value });
    const { dispatcher } = makeCore({ editor, lanes: { concurrency: 1, maxQueued: 10 } });
    const failing = await dispatcher.submit({ command: "broken" });
    const next = await dispatcher.submit({ command: "echo" });
    await next.settled;
    assert.deepEqual([failing.status, next.status], ["failed", "completed"]);
  });
});
