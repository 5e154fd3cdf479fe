import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { afterCommit, atEndOfTurn, commitNow } from "../../../src/base/endOfTurn.ts";

describe("The end of a turn of the event loop", () => {
  const steps: string[] = [];
  const step = (name: string) => (): void => void steps.push(name);

  beforeEach(() => void steps.splice(0));

  it("commits first, then writes, each in the order of the calls", async () => {
    atEndOfTurn("write", step("write 1"));
    atEndOfTurn("commit", step("commit 1"));
    atEndOfTurn("write", step("write 2"));
    atEndOfTurn("commit", step("commit 2"));
    assert.deepEqual(steps, []);
    await setImmediate();
    assert.deepEqual(steps, ["commit 1", "commit 2", "write 1", "write 2"]);
  });

  it("lets a write go out at once if nothing is to be committed, and holds it otherwise", async () => {
    afterCommit(step("at once"));
    assert.deepEqual(steps, ["at once"]);
    atEndOfTurn("commit", step("commit"));
    afterCommit(step("held"));
    assert.deepEqual(steps, ["at once"]);
    await setImmediate();
    assert.deepEqual(steps, ["at once", "commit", "held"]);
  });

  it("commits at once, and only once, before a write that does not wait", async () => {
    atEndOfTurn("commit", step("commit"));
    commitNow();
    commitNow();
    afterCommit(step("write"));
    assert.deepEqual(steps, ["commit", "write"]);
    await setImmediate();
    assert.deepEqual(steps, ["commit", "write"]);
  });

  it("takes what is added at the end of a turn in the next one", async () => {
    atEndOfTurn("write", () => {
      steps.push("first");
      atEndOfTurn("commit", step("second"));
    });
    await setImmediate();
    assert.deepEqual(steps, ["first"]);
    await setImmediate();
    assert.deepEqual(steps, ["first", "second"]);
  });
});
