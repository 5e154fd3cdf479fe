import assert from "node:assert/strict";
import type { Execution } from "../../../../src/core/executions/execution.ts";
import { ExecutionLog } from "../../../../src/core/executions/executionLog.ts";
import type { Outcome } from "../../../../src/core/ports.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import type { EventPayload } from "../../../../src/protocol/events.ts";
import { responseOf } from "../../../../src/server/http/executeResponse.ts";
import { endingOf } from "../../../../src/core/executions/pastExecution.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

const ends: readonly Parameters<Execution["finish"]>[0][] = [
  { kind: "completed", output: "the end", result: "the end" },
  { kind: "failed", error: "it broke", code: "COMMAND_EXECUTION_FAILED" },
  { kind: "failed", error: "too late", code: "OPERATION_TIMEOUT", failure: new BridgeError("OPERATION_TIMEOUT") },
  { kind: "cancelled", how: "killed" },
  { kind: "interrupted", error: "stopped", code: "KIRO_UNAVAILABLE", failure: new BridgeError("KIRO_UNAVAILABLE") },
];
const question = {
  questionId: "q",
  executionId: "",
  prompt: "?",
  inputType: "choice" as const,
  expiresAt: "2026-01-01T00:00:00.000Z",
};

describe("An execution that has ended", () => {
  let told: EventPayload[];
  let execution: Execution;

  beforeEach(() => {
    told = [];
    const log = new ExecutionLog({ append: (event) => void told.push(event) }, "window-1");
    execution = log.create({ kind: "command", command: "test", args: [] }, "editor");
    execution.start();
  });

  for (const first of ends) {
    it(`by ${first.kind === "failed" ? first.code : first.kind} is not changed by any other end, nor by anything that comes late`, () => {
      assert.equal(execution.finish(first), true);
      const before = JSON.stringify([recordOf(execution), responseOf(execution), endingOf(execution), told]);
      for (const second of ends) assert.equal(execution.finish(second), false);
      execution.start();
      execution.appendOutput("late");
      execution.retractOutput(3);
      execution.reportAgent({ type: "tool-call", toolCallId: "t", title: "late" });
      execution.waitForInput(question);
      execution.resume("late", false);
      assert.equal(JSON.stringify([recordOf(execution), responseOf(execution), endingOf(execution), told]), before);
    });
  }

  it("emits its end once, as its last event", () => {
    const outcome: Outcome = { kind: "completed", output: "the end" };
    execution.appendOutput("on the way ");
    execution.finish(outcome);
    execution.finish(outcome);
    assert.deepEqual(
      told.map(({ type }) => type),
      ["command-started", "command-output", "command-completed"],
    );
  });
});

describe("An execution", () => {
  const begun = (): { execution: Execution; told: EventPayload[] } => {
    const told: EventPayload[] = [];
    const log = new ExecutionLog({ append: (event) => void told.push(event) }, "window-1");
    return { execution: log.create({ kind: "command", command: "test", args: [] }, "editor"), told };
  };

  it("rejects every step of a run before it is started", () => {
    const { execution, told } = begun();
    execution.begin();
    execution.appendOutput("early");
    execution.retractOutput(1);
    execution.reportAgent({ type: "tool-call", toolCallId: "t", title: "early" });
    execution.speaksIn("session-1");
    execution.waitForInput(question);
    assert.equal(execution.finish({ kind: "completed", output: "early" }), false);
    const { status, output, sessionId, questions, startedAt, elapsedMs } = execution;
    assert.deepEqual([status, output.text, sessionId, questions, startedAt], ["queued", "", undefined, 0, undefined]);
    assert.deepEqual([elapsedMs, told], [0, []]);
  });

  it("has a pending question only while it waits for input, and one at a time", () => {
    const { execution, told } = begun();
    execution.start();
    execution.resume("unasked", false);
    execution.waitForInput(question);
    execution.waitForInput({ ...question, questionId: "another" });
    assert.deepEqual([execution.status, execution.pendingInput, execution.questions], ["waiting-input", question, 1]);
    execution.resume("yes", false);
    assert.deepEqual([execution.status, execution.pendingInput, execution.questions], ["running", undefined, 1]);
    assert.deepEqual(
      told.map(({ type }) => type),
      ["command-started", "user-input-required", "input-accepted"],
    );
  });

  it("ran nothing if it ended in the queue, or failed temporarily before its work was handed over", () => {
    const failure = new BridgeError("KIRO_UNAVAILABLE", "gone", { reason: "not_running" });
    const failed: Outcome = { kind: "failed", error: "gone", code: "KIRO_UNAVAILABLE", failure };
    const endOf = (...steps: ("start" | "begin")[]): boolean => {
      const { execution } = begun();
      for (const step of steps) execution[step]();
      execution.finish(failed);
      return execution.ranNothing;
    };
    assert.deepEqual([endOf(), endOf("start"), endOf("start", "begin")], [true, true, false]);
  });
});
