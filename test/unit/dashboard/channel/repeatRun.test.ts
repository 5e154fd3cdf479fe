import assert from "node:assert/strict";
import { isRepeatable, requestOf } from "../../../../src/dashboard/channel/repeatRun.ts";
import type { ExecutionRecord } from "../../../../src/protocol/executions.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";

const at = "2026-01-01T00:00:00.000Z";
const record: ExecutionRecord = {
  id: "exec-1-1",
  command: "echo",
  args: ["a", "b"],
  startedAt: at,
  queuedAt: at,
  status: "completed",
  output: "",
  target: "editor",
  windowId: "w",
};

describe("requestOf", () => {
  it("repeats the command with the same arguments, folder and session", () => {
    assert.deepEqual(requestOf({ ...record, workspacePath: "/a", session: "notes", sessionId: "s-1" }), {
      command: "echo",
      args: ["a", "b"],
      workspacePath: "/a",
      session: "notes",
    });
  });

  it("sends typed arguments instead of texts", () => {
    assert.deepEqual(requestOf({ ...record, params: [{ a: 1 }] }), { command: "echo", params: [{ a: 1 }] });
  });

  it("rejects a record that the history has shortened", () => {
    for (const part of [{ contentOmitted: true }, { contentTruncated: true }]) {
      assert.equal(isRepeatable({ ...record, ...part }), false);
      assert.throws(
        () => requestOf({ ...record, ...part }),
        (error) => error instanceof BridgeError && error.code === "CONFLICT",
      );
    }
  });

  it("rejects a record that no request could have created", () => {
    assert.throws(() => requestOf({ ...record, command: "" }), BridgeError);
    assert.throws(() => requestOf({ ...record, session: "x".repeat(101) }), BridgeError);
  });
});
