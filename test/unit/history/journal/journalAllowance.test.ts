import assert from "node:assert/strict";
import { JournalAllowance } from "../../../../src/history/journal/journalAllowance.ts";
import type { ExecutionEvent } from "../../../../src/history/journal/journalParts.ts";

const rest = { eventId: 1, timestamp: "", windowId: "w" };
const said = (executionId: string, output: string): ExecutionEvent => ({
  type: "command-output",
  executionId,
  output,
  stream: "stdout",
  ...rest,
});

describe("JournalAllowance", () => {
  it("limits the waiting text of a run to what the journal may write of it, plus one piece", () => {
    const allowance = new JournalAllowance(1000);
    const taken = Array.from({ length: 100 }, () => allowance.take(said("1", "x".repeat(300))));
    const lengthOf = ({ event }: (typeof taken)[number]): number => ("output" in event ? event.output.length : 0);
    assert.deepEqual(taken.map(lengthOf), [300, 300, 300, 300, ...Array.from({ length: 96 }, () => 0)]);
    assert.ok(taken.every((step) => lengthOf(step) + step.unwritten === 300));
  });

  it("counts each run separately until it ends, and ignores other steps", () => {
    const allowance = new JournalAllowance(10);
    for (const id of ["1", "2"]) assert.equal(allowance.take(said(id, "x".repeat(10))).unwritten, 0);
    assert.equal(allowance.take(said("1", "more")).unwritten, 4);
    const call: ExecutionEvent = { type: "tool-call", executionId: "1", toolCallId: "t", title: "x", ...rest };
    assert.deepEqual(allowance.take(call), { event: call, unwritten: 0 });
    allowance.forget("1");
    assert.equal(allowance.take(said("1", "again")).unwritten, 0);
    assert.equal(allowance.take(said("2", "more")).unwritten, 4);
  });
});
