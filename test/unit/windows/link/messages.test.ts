import assert from "node:assert/strict";
import { linkMessageSchema } from "../../../../src/windows/link/messages.ts";

const at = "2026-01-01T00:00:00.000Z";
const head = { eventId: 1, windowEventId: 1, timestamp: at, windowId: "w" };
const started = { ...head, type: "command-started", executionId: "e", command: "x", args: ["a"] };
const record = {
  id: "e",
  executionId: "e",
  status: "running",
  command: "x",
  args: ["a"],
  output: "",
  startedAt: at,
  queuedAt: at,
  target: "editor",
  windowId: "w",
};

describe("The messages of a link", () => {
  const isValid = (message: object): boolean => linkMessageSchema.safeParse(message).success;
  const isEvent = (event: object): boolean => isValid({ type: "events", events: [event] });
  const isRecord = (active: object): boolean => isValid({ type: "snapshot", after: 1, active: [active] });

  it("carry events of known types, and of types and with fields that a newer window sends", () => {
    const events = [started, { ...started, more: [1] }, { ...head, type: "of-the-future", text: "x", output: 7 }];
    for (const event of events) assert.ok(isEvent(event), JSON.stringify(event));
    assert.deepEqual(linkMessageSchema.parse({ type: "events", events }), { type: "events", events });
  });

  it("are not valid with an event that lacks what its type needs", () => {
    const wrong = [
      { ...started, args: undefined },
      { ...started, args: [1] },
      { ...started, args: 1 },
      { ...started, command: undefined },
      { ...started, executionId: 7 },
      { ...started, timestamp: "soon" },
      { ...started, windowEventId: 1.5 },
      { ...head, type: "command-output", executionId: "e", stream: "stdout" },
      { ...head, type: "tool-call", executionId: "e", toolCallId: "t", title: "T", diffs: [{}] },
      { ...head, type: "user-input-required", executionId: "e", prompt: null },
      { ...head, type: "user-input-required", executionId: "e", prompt: "?", timeoutMs: 1e300 },
      { ...head, type: "output-retracted", executionId: "e", length: -1 },
    ];
    for (const event of wrong) assert.ok(!isEvent(event), JSON.stringify(event));
  });

  it("are not valid with a snapshot whose executions lack what they need", () => {
    assert.ok(isRecord({ ...record, more: 1 }));
    for (const field of Object.keys(record)) assert.ok(!isRecord({ ...record, [field]: undefined }), field);
    assert.ok(!isRecord({ ...record, args: "x" }));
    assert.ok(!isRecord({ ...record, pendingInput: {} }));
    assert.ok(!isRecord({ ...record, requestedBy: { principal: {} } }));
  });
});
