import assert from "node:assert/strict";
import { detailOf } from "../../../../../src/dashboard/channel/runDetail.ts";
import type { ExecutionRecord } from "../../../../../src/protocol/executions.ts";

const at = "2026-11-27T10:00:00.000Z";
const run: ExecutionRecord = {
  id: "exec-2",
  command: "kiro.engines.poet.chat",
  args: ["Write"],
  startedAt: at,
  queuedAt: at,
  status: "completed",
  output: "",
  target: "poet",
  windowId: "window-1",
};
const step = { timestamp: at, windowId: "window-1", executionId: "exec-2" };

describe("The detail of a run", () => {
  it("names the execution of each tool of an agent, and the turn that has requested the run", () => {
    const call = { ...step, type: "tool-call", toolCallId: "call_1", title: "Open", by: "agent" };
    const events = [
      { ...call, eventId: 1, status: "pending" },
      { ...call, eventId: 2, status: "completed", childId: "exec-3" },
    ];
    const { timeline, parentId } = detailOf({ execution: { ...run, parentId: "exec-1" }, events });
    assert.deepEqual(
      timeline.map(({ childId }) => childId),
      [undefined, "exec-3"],
    );
    assert.equal(parentId, "exec-1");
  });
});
