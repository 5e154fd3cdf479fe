import assert from "node:assert/strict";
import { once } from "node:events";
import { LiveExecutions } from "../../../../src/client/live/liveExecutions.ts";
import type { LiveExecution } from "../../../../src/client/live/liveExecution.ts";
import type { BridgeEvent, EventPayload } from "../../../../src/protocol/events.ts";

const executionId = "exec-1-1";
const MAX_OUTPUT = 1000;

describe("LiveExecutions", () => {
  let live: LiveExecutions;
  let ended: LiveExecution[];
  let lastId: number;

  beforeEach(() => {
    live = new LiveExecutions({ maxOutputLength: MAX_OUTPUT });
    ended = [];
    lastId = 0;
    live.onDidEnd((row) => ended.push(row));
  });

  function tell(...payloads: readonly EventPayload[]): void {
    for (const payload of payloads) {
      const eventId = ++lastId;
      const timestamp = new Date(1_800_000_000_000 + eventId * 1000).toISOString();
      const event: BridgeEvent = { ...payload, eventId, timestamp, windowId: "w" };
      live.apply(event);
    }
  }

  const started: EventPayload = { type: "command-started", executionId, command: "kiro.cli.chat", args: ["Hello"] };
  const said = (output: string): EventPayload => ({ type: "command-output", executionId, output, stream: "stdout" });

  it("takes the target from the event, and never from the command", () => {
    tell({ type: "command-queued", executionId, command: "kiro.cli.chat", position: 0, target: "other" });
    tell({ type: "command-started", executionId: "exec-1-2", command: "kiro.cli.chat", args: [], target: "editor" });
    tell({ ...started, executionId: "exec-1-3" });
    assert.deepEqual(
      live.rows.map(({ target }) => target),
      ["other", "editor", undefined],
    );
  });

  it("follows an execution from the queue to its end", () => {
    tell({ type: "command-queued", executionId, command: "kiro.cli.chat", position: 2 });
    assert.deepEqual([live.get(executionId)?.status, live.get(executionId)?.position], ["queued", 2]);
    tell(started, said("Hel"), said("lo"));
    assert.deepEqual([live.get(executionId)?.status, live.get(executionId)?.output], ["running", "Hello"]);
    tell({ type: "command-completed", executionId, success: true, output: "Hello", executionTimeMs: 12 });
    assert.deepEqual(live.rows, []);
    assert.equal(ended[0]?.status, "completed");
    assert.equal(ended[0]?.output, "Hello");
    assert.equal(ended[0]?.executionTimeMs, 12);
  });

  it("goes on when a listener throws, and reports its error", async () => {
    const warned = once(process, "warning");
    live.onDidEnd(() => {
      throw new Error("a listener that throws");
    });
    live.onDidEnd((row) => ended.push(row));
    tell(started, { type: "command-cancelled", executionId, how: "killed" });
    assert.deepEqual([ended.length, live.rows.length], [2, 0]);
    assert.match(String(await warned), /a listener that throws/);
  });

  it("distinguishes failed executions from interrupted ones", () => {
    const ended: string[] = [];
    live.onDidEnd(({ status }) => ended.push(status));
    const error = { type: "command-error", executionId, error: "no", recoverable: true } as const;
    tell(started, error);
    tell(started, { ...error, status: "interrupted" });
    assert.deepEqual(ended, ["failed", "interrupted"]);
  });

  it("removes output that the CLI retracted", () => {
    tell(started, said("Hello wrong"), { type: "output-retracted", executionId, length: 5 }, said("world"));
    assert.equal(live.get(executionId)?.output, "Hello world");
  });

  it("keeps the end of a long output, and marks it as cut", () => {
    tell(started, said("first\n"), said(`${"x".repeat(99)}\n`.repeat(1000)));
    const row = live.get(executionId);
    assert.ok((row?.output.length ?? 0) <= MAX_OUTPUT);
    assert.ok(row?.output.startsWith("xxx"));
    assert.equal(row?.isOutputCut, true);
  });

  it("shows a question until it is answered or has expired", () => {
    const question: EventPayload = {
      type: "user-input-required",
      executionId,
      questionId: "q-1",
      prompt: "May I?",
      inputType: "choice",
      choices: ["Yes", "No"],
      timeoutMs: 1000,
    };
    tell(started, question);
    assert.equal(live.get(executionId)?.status, "waiting-input");
    assert.deepEqual(live.get(executionId)?.question?.choices, ["Yes", "No"]);
    tell({ type: "input-accepted", executionId, questionId: "q-1", inputValue: "Yes" });
    assert.equal(live.get(executionId)?.status, "running");
    assert.equal(live.get(executionId)?.question, undefined);
    tell(question, { type: "input-expired", executionId, questionId: "q-1", inputValue: "No" });
    assert.equal(live.get(executionId)?.question, undefined);
  });

  it("shows that it waits for a tool of its caller, until it goes on", () => {
    tell(started, { type: "wait-changed", executionId, waitingFor: "caller-tool" });
    assert.deepEqual(
      [live.get(executionId)?.status, live.get(executionId)?.waitingFor],
      ["waiting-input", "caller-tool"],
    );
    tell({ type: "wait-changed", executionId });
    assert.deepEqual([live.get(executionId)?.status, live.get(executionId)?.waitingFor], ["running", undefined]);
  });

  it("shows the running tool until it ends", () => {
    tell(started, { type: "tool-call", executionId, toolCallId: "1", title: "Read", status: "in_progress" });
    assert.equal(live.get(executionId)?.tool, "Read");
    tell({ type: "tool-call", executionId, toolCallId: "1", title: "Read", status: "completed" });
    assert.equal(live.get(executionId)?.tool, undefined);
  });

  it("returns the same array until something changes, and a new row for a changed one", () => {
    tell(started);
    const before = live.rows;
    assert.equal(live.rows, before);
    tell(said("x"));
    assert.notEqual(live.rows[0], before[0]);
  });

  it("ends what ran in a window that has ended, and in no other", () => {
    tell(started, { type: "window-left", leftWindowId: "other", reason: "crashed" });
    tell({ type: "window-left", leftWindowId: "w", reason: "not-responding" });
    assert.deepEqual(ended, []);
    tell({ type: "window-left", leftWindowId: "w", reason: "crashed" });
    assert.deepEqual(live.rows, []);
    assert.deepEqual(
      ended.map(({ id, status, code, cause }) => ({ id, status, code, cause })),
      [{ id: executionId, status: "interrupted", code: "KIRO_UNAVAILABLE", cause: "window-gone" }],
    );
  });

  it("updates a row until it has ended", () => {
    tell(started);
    const row = live.get(executionId);
    assert.ok(row);
    live.update({ ...row, position: 4 });
    assert.equal(live.get(executionId)?.position, 4);
    tell({ type: "command-cancelled", executionId, how: "killed" });
    live.update(row);
    assert.deepEqual(live.rows, []);
  });

  it("ignores events of unknown executions, and those without an execution", () => {
    tell(said("x"), { type: "status-changed", status: "busy" });
    assert.deepEqual(live.rows, []);
  });
});
