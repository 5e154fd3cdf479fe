import assert from "node:assert/strict";
import { eventPatternsSchema, eventsFilter } from "../../../../src/exports/hooks/eventsFilter.ts";
import { endFactOf, factOf } from "../../../support/exports/facts.ts";

const completed = endFactOf("exec-1");
const status = factOf({ type: "status-changed", status: "busy" });
const question = factOf({
  type: "user-input-required",
  executionId: "exec-1",
  questionId: "q-1",
  prompt: "",
  inputType: "text",
});

describe("The events of a hook", () => {
  const cases = [
    { patterns: ["command-completed"], sent: [completed] },
    { patterns: ["*-completed", "status-*"], sent: [completed, status] },
    { patterns: ["*"], sent: [completed, status, question] },
    { patterns: ["command-complete"], sent: [] },
    { patterns: ["Command-*"], sent: [] },
  ];
  for (const { patterns, sent } of cases) {
    it(`are those that ${JSON.stringify(patterns)} names`, () => {
      assert.deepEqual([completed, status, question].filter(eventsFilter(patterns)), sent);
    });
  }

  it("are the ends of executions and their questions, unless the user says otherwise", () => {
    assert.deepEqual([completed, status, question].filter(eventsFilter(eventPatternsSchema.parse(undefined))), [
      completed,
      question,
    ]);
  });

  it("are at least one pattern", () => {
    assert.equal(eventPatternsSchema.safeParse([]).success, false);
    assert.equal(eventPatternsSchema.safeParse([""]).success, false);
  });
});
