import assert from "node:assert/strict";
import { ExecutionHomes } from "../../../../src/windows/group/executionHomes.ts";

describe("ExecutionHomes", () => {
  it("keeps the latest 10,000 executions, and the run of the bridge of all", () => {
    const homes = new ExecutionHomes();
    for (let at = 0; at <= 10_000; at++) homes.add(`plain-${at}`, "A");
    assert.equal(homes.windowOf("plain-0"), undefined);
    assert.equal(homes.windowOf("plain-1"), "A");
    homes.add("exec-1-1-abc", "B");
    for (let at = 0; at <= 10_000; at++) homes.add(`other-${at}`, "A");
    assert.equal(homes.windowOf("exec-1-1-abc"), "B");
  });

  it("forgets the executions of a window alone", () => {
    const homes = new ExecutionHomes();
    homes.add("exec-1-1-abc", "A");
    homes.add("exec-1-1-xyz", "B");
    homes.forget("A");
    assert.equal(homes.windowOf("exec-1-1-abc"), undefined);
    assert.equal(homes.windowOf("exec-1-2-abc"), undefined);
    assert.equal(homes.windowOf("exec-1-2-xyz"), "B");
  });
});
