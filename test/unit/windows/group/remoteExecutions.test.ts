import assert from "node:assert/strict";
import { unavailable } from "../../../../src/protocol/unavailable.ts";
import type { BridgeEvent, EventPayload } from "../../../../src/protocol/events.ts";
import type { ExecutionRecord } from "../../../../src/protocol/executions.ts";
import { RemoteExecutions } from "../../../../src/windows/group/remoteExecutions.ts";

const at = "2026-01-01T00:00:00.000Z";
const requestedBy = { origin: "program", principal: { id: "p1", name: "P", kind: "client" } } as const;

function record(id: string, more: Partial<ExecutionRecord> = {}): ExecutionRecord {
  const known = { id, executionId: id, command: "test.x", args: [], startedAt: at, queuedAt: at, output: "" };
  return { ...known, status: "running", target: "editor", windowId: "w2", ...more };
}

function event(windowEventId: number, payload: EventPayload): BridgeEvent {
  return { ...payload, eventId: windowEventId, windowEventId, timestamp: at, windowId: "w2" };
}

const output = (executionId: string, text: string, stream: "stdout" | "stderr" = "stdout") =>
  ({ type: "command-output", executionId, output: text, stream }) as const;

describe("RemoteExecutions", () => {
  let remote: RemoteExecutions;
  beforeEach(() => {
    remote = new RemoteExecutions();
  });
  const ids = (): string[] => remote.all().map(({ id }) => id);

  it("follow an execution from the queue to its end", () => {
    const of = { executionId: "e1", principalId: "p1" };
    remote.apply(event(1, { type: "command-queued", ...of, command: "ask", position: 2, target: "cli", requestedBy }));
    const queued = record("e1", { command: "ask", status: "queued", target: "cli", requestedBy });
    assert.deepEqual(remote.all(), [queued]);
    remote.apply(event(2, { type: "command-started", ...of, command: "ask", args: ["a"], target: "cli", requestedBy }));
    for (const [n, text] of ["one ", "two ", "three"].entries()) remote.apply(event(3 + n, output("e1", text)));
    remote.apply(event(6, { type: "output-retracted", ...of, length: 5 }));
    remote.apply(event(7, output("e1", "noise", "stderr")));
    assert.deepEqual(
      [remote.get("e1")?.status, remote.get("e1")?.args, remote.get("e1")?.output],
      ["running", ["a"], "one two "],
    );
    remote.apply(
      event(8, {
        type: "user-input-required",
        ...of,
        questionId: "q",
        prompt: "?",
        inputType: "text",
        timeoutMs: 1000,
      }),
    );
    assert.equal(remote.get("e1")?.status, "waiting-input");
    assert.deepEqual(remote.get("e1")?.pendingInput, {
      questionId: "q",
      prompt: "?",
      inputType: "text",
      expiresAt: "2026-01-01T00:00:01.000Z",
    });
    remote.apply(event(9, { type: "input-accepted", ...of, questionId: "q", inputValue: "yes" }));
    assert.deepEqual([remote.get("e1")?.status, remote.get("e1")?.pendingInput], ["running", undefined]);
    remote.apply(event(10, { type: "command-cancelled", ...of, how: "killed" }));
    assert.deepEqual(ids(), []);
  });

  it("follow an execution that waits for a tool of its caller", () => {
    const of = { executionId: "e1", principalId: "p1" };
    remote.begin([record("e1")], 0);
    const shown = (): unknown[] => [remote.get("e1")?.status, remote.get("e1")?.waitingFor];
    remote.apply(event(1, { type: "wait-changed", ...of, waitingFor: "caller-tool" }));
    assert.deepEqual(shown(), ["waiting-input", "caller-tool"]);
    remote.apply(event(2, { type: "wait-changed", ...of }));
    assert.deepEqual(shown(), ["running", undefined]);
  });

  it("begin with a snapshot, and ignore the events that it includes", () => {
    remote.apply(event(1, { type: "command-started", executionId: "old", command: "x", args: [] }));
    remote.begin([record("e1", { output: "so far" }), record("e2")], 10);
    remote.apply(event(9, output("e1", " twice")));
    remote.apply(event(10, { type: "command-cancelled", executionId: "e1", how: "killed" }));
    assert.deepEqual(ids(), ["e1", "e2"]);
    remote.apply(event(11, output("e1", " and more")));
    remote.apply(event(11, output("e1", " again")));
    assert.equal(remote.get("e1")?.output, "so far and more");
    remote.apply(event(12, { type: "command-error", executionId: "e2", error: "it failed", recoverable: false }));
    assert.deepEqual(ids(), ["e1"]);
    assert.ok((remote.get("e1")?.executionTimeMs ?? 0) > 0);
  });

  it("ignore events of executions that they do not know", () => {
    remote.apply(event(1, output("e1", "x")));
    remote.apply(event(2, { type: "status-changed", status: "busy" }));
    assert.deepEqual([ids(), remote.has("e1"), remote.get("e1")], [[], false, undefined]);
  });

  it("keep the end of long outputs, and the beginning of other long texts", () => {
    const long = "x".repeat(1_000_000);
    remote.begin([record("e1", { args: [long], output: `${long}end` })], 0);
    const tail = remote.get("e1");
    assert.equal(tail?.contentTruncated, true);
    assert.ok(tail.output.endsWith("xend") && tail.output.length <= 32 * 1024);
    assert.ok(JSON.stringify(tail.args).length < 20_000);
    remote.apply(event(1, { type: "command-started", executionId: "e2", command: "x", args: [long] }));
    for (let n = 2; n < 100; n++) remote.apply(event(n, output("e2", `${"y".repeat(10_000)}${n}`)));
    const grown = remote.get("e2");
    assert.ok(grown?.output.endsWith("yyy99") === true && grown.output.length === 32 * 1024);
    assert.ok(JSON.stringify(grown.args).length < 20_000);
  });

  it("end as interrupted when the window has ended, once", () => {
    remote.begin([record("e1", { requestedBy }), record("e2", { status: "queued" })], 4);
    const ends = remote.interruptAll(unavailable("window-gone", "The window was closed."));
    const end = {
      type: "command-error",
      error: "The window was closed.",
      errorCode: "KIRO_UNAVAILABLE",
      cause: "window-gone",
      recoverable: true,
      status: "interrupted",
    };
    assert.deepEqual(ends, [
      { ...end, executionId: "e1", principalId: "p1" },
      { ...end, executionId: "e2" },
    ]);
    assert.deepEqual([ids(), remote.interruptAll(unavailable("window-gone", "x"))], [[], []]);
  });
});
