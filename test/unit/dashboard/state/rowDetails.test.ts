import assert from "node:assert/strict";
import { LiveExecutions } from "../../../../src/client/live/liveExecutions.ts";
import { addQuestionDetails, placeInQueue } from "../../../../src/dashboard/state/rowDetails.ts";
import type { ExecutionRow } from "../../../../src/dashboard/contract/dashboard.ts";

const row: ExecutionRow = {
  id: "exec-1-1",
  windowId: "w",
  command: "kiro.cli.chat",
  args: [],
  status: "running",
  startedAt: "2026-01-01T00:00:00.000Z",
  output: "",
};

describe("The details of a row that no event reports", () => {
  let live: LiveExecutions;

  beforeEach(() => {
    live = new LiveExecutions();
  });

  it("are added to the present question, never those of an earlier one", () => {
    const question = { questionId: "q-2", prompt: "May I?", inputType: "choice" as const, expiresAt: "" };
    live.reset([{ ...row, status: "waiting-input", question }]);
    const options = [{ value: "x", label: "Allow", kind: "allow_once" }];
    addQuestionDetails(live, { ...row, question: { ...question, options, questionId: "q-1" } });
    assert.equal(live.get(row.id)?.question?.options, undefined);
    addQuestionDetails(live, { ...row, question: { ...question, options } });
    assert.deepEqual(live.get(row.id)?.question?.options, options);
  });

  it("are the positions of those that are queued, and change nothing else", () => {
    live.reset([row, { ...row, id: "exec-1-2", status: "queued", position: 3 }]);
    const before = live.rows;
    placeInQueue(live, { "exec-1-1": 7, "exec-1-2": 3, "exec-1-3": 1 });
    assert.equal(live.rows, before);
    placeInQueue(live, { "exec-1-1": 7, "exec-1-2": 2 });
    assert.deepEqual(
      live.rows.map(({ position }) => position),
      [undefined, 2],
    );
  });
});
