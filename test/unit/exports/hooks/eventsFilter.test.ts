import assert from "node:assert/strict";
import { eventPatternsSchema, eventsFilter } from "../../../../src/exports/hooks/eventsFilter.ts";

const completed = "command-completed";
const status = "status-changed";
const question = "user-input-required";
const types = [completed, status, question] as const;

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
      assert.deepEqual(types.filter(eventsFilter(patterns)), sent);
    });
  }

  it("are the ends of executions and their questions, unless the user says otherwise", () => {
    assert.deepEqual(types.filter(eventsFilter(eventPatternsSchema.parse(undefined))), [completed, question]);
  });

  it("are at least one pattern", () => {
    assert.equal(eventPatternsSchema.safeParse([]).success, false);
    assert.equal(eventPatternsSchema.safeParse([""]).success, false);
  });
});
