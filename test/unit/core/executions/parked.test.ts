import assert from "node:assert/strict";
import { owner, principalRef } from "../../../../src/core/access/principal.ts";
import { Execution } from "../../../../src/core/executions/execution.ts";
import { PendingInputs } from "../../../../src/core/executions/pendingInputs.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";
import type { EventPayload } from "../../../../src/protocol/events.ts";
import { answerTo } from "../../../../src/protocol/input.ts";

const CALLER_TOOL = "caller-tool";

describe("An execution that waits for a tool of its caller", () => {
  let events: EventPayload[];
  let execution: Execution;
  let inputs: PendingInputs;
  beforeEach(() => {
    events = [];
    execution = new Execution({
      id: "exec-1",
      task: { kind: "chat", command: "kiro.cli.chat", args: ["Hi"], prompt: "Hi" },
      taskWeight: 0,
      target: "cli",
      windowId: "window-1",
      requestedBy: { origin: "program", principal: principalRef(owner) },
      report: (event) => void events.push(event),
    });
    inputs = new PendingInputs({ get: () => execution }, 60_000);
    execution.start();
    events.length = 0;
  });

  const waits = (): unknown[] =>
    events.map((event) => (event.type === "wait-changed" ? (event.waitingFor ?? "goes on") : event.type));

  it("shows that in its status, its record and its events, until it goes on", () => {
    execution.park(true);
    execution.park(true);
    const { status, waitingFor, pendingInput } = recordOf(execution);
    assert.deepEqual([status, waitingFor, pendingInput], ["waiting-input", CALLER_TOOL, undefined]);
    execution.park(false);
    assert.deepEqual(
      [execution.status, execution.waitingFor, recordOf(execution).waitingFor],
      ["running", undefined, undefined],
    );
    assert.deepEqual(waits(), [CALLER_TOOL, "goes on"]);
    assert.deepEqual(events[0], {
      type: "wait-changed",
      executionId: "exec-1",
      principalId: "owner",
      waitingFor: CALLER_TOOL,
    });
  });

  it("has not answered its client, and cannot be answered by anyone", async () => {
    execution.park(true);
    let isAnswered = false;
    void execution.answered.then(() => (isAnswered = true));
    await new Promise(setImmediate);
    assert.equal(isAnswered, false);
    const question = { questionId: "q-1", inputType: "text" } as const;
    assert.throws(() => inputs.answer(answerTo("exec-1", question, "yes")), {
      code: "CONFLICT",
      message: /waits for the result of a tool of the program that has sent the prompt/u,
    });
  });

  it("shows a question that is open at the same time, and afterwards that it still waits", async () => {
    execution.park(true);
    const signal = new AbortController().signal;
    const asked = inputs.ask(execution, { prompt: "May I?", inputType: "text", safeAnswer: "no" }, signal);
    assert.deepEqual([execution.status, execution.waitingFor], ["waiting-input", undefined]);
    assert(execution.pendingInput !== undefined);
    inputs.answer(answerTo("exec-1", execution.pendingInput, "yes"));
    assert.equal(await asked, "yes");
    assert.deepEqual([execution.status, execution.waitingFor], ["waiting-input", CALLER_TOOL]);
    assert.deepEqual(waits(), [CALLER_TOOL, "user-input-required", "input-accepted", CALLER_TOOL]);
  });

  it("goes on behind an open question without a word, and then runs", async () => {
    execution.park(true);
    const signal = new AbortController().signal;
    const asked = inputs.ask(execution, { prompt: "May I?", inputType: "text", safeAnswer: "no" }, signal);
    execution.park(false);
    assert(execution.pendingInput !== undefined);
    inputs.answer(answerTo("exec-1", execution.pendingInput, "yes"));
    await asked;
    assert.equal(execution.status, "running");
    assert.deepEqual(waits(), [CALLER_TOOL, "user-input-required", "input-accepted"]);
  });

  it("ends as any other", () => {
    execution.park(true);
    execution.finish({ kind: "cancelled", how: "cooperative" });
    execution.park(false);
    assert.deepEqual([execution.status, execution.waitingFor], ["cancelled", undefined]);
    assert.deepEqual(waits(), [CALLER_TOOL, "command-cancelled"]);
  });
});
