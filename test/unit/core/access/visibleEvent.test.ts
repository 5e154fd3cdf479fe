import assert from "node:assert/strict";
import { owner } from "../../../../src/core/access/principal.ts";
import { eventScopes, visibleEvent } from "../../../../src/core/access/visibleEvent.ts";
import type { BridgeEvent, EventPayload, EventType } from "../../../../src/protocol/events.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";

const principals = new FakePrincipals();
const ci = principals.add("ci");
const other = principals.add("other");
const viewer = principals.add("viewer", { role: "viewer" });
const stranger = principals.add("stranger", { scopes: ["bus:subscribe"] });

const execution = { executionId: "exec-1", principalId: other.id };

/** One event of each type, of the principal `other` where it belongs to one. */
const events: { readonly [T in EventType]: Extract<EventPayload, { type: T }> } = {
  "connection-ready": {
    type: "connection-ready",
    serverInfo: { version: "1", features: [] },
    epoch: "e",
    lastEventId: 0,
    clientId: "c",
  },
  "events-lost": { type: "events-lost", from: 1, to: 2 },
  "window-joined": {
    type: "window-joined",
    window: { id: "w2", pid: 1, editor: "Code", workspaceFolders: ["/home/me/secret.folder"] },
  },
  "window-left": { type: "window-left", leftWindowId: "w2", reason: "closed" },
  "status-changed": { type: "status-changed", status: "busy", currentCommand: "secret.command", principalId: other.id },
  "command-queued": { type: "command-queued", ...execution, command: "secret.command", position: 0 },
  "command-started": { type: "command-started", ...execution, command: "secret.command", args: [] },
  "command-output": { type: "command-output", ...execution, output: "text", stream: "stdout" },
  "output-retracted": { type: "output-retracted", ...execution, length: 1 },
  "tool-call": { type: "tool-call", ...execution, toolCallId: "t", title: "Read a file" },
  "agent-step": { type: "agent-step", ...execution, step: 1, status: "completed", model: "secret-model" },
  "conversation-compacted": {
    type: "conversation-compacted",
    ...execution,
    droppedItems: 4,
    tokensBefore: 100,
    tokensAfter: 10,
  },
  "wait-changed": { type: "wait-changed", ...execution, waitingFor: "caller-tool" },
  "user-input-required": {
    type: "user-input-required",
    ...execution,
    questionId: "q",
    prompt: "May I?",
    inputType: "text",
  },
  "input-accepted": { type: "input-accepted", ...execution, questionId: "q", inputValue: "yes" },
  "input-expired": { type: "input-expired", ...execution, questionId: "q", inputValue: "no" },
  "command-completed": { type: "command-completed", ...execution, success: true, output: "", executionTimeMs: 1 },
  "command-error": { type: "command-error", ...execution, error: "It failed", recoverable: false },
  "command-cancelled": { type: "command-cancelled", ...execution, how: "dequeued" },
  "session-changed": {
    type: "session-changed",
    sessionId: "sess-1",
    name: "default",
    state: "idle",
    principalId: other.id,
  },
};

function appended(payload: EventPayload): BridgeEvent {
  return { ...payload, eventId: 1, timestamp: "2026-01-01T00:00:00.000Z", windowId: "w" };
}

describe("visibleEvent", () => {
  for (const payload of Object.values(events)) {
    const { type } = payload;
    const event = appended(payload);
    const belongsToOne = "principalId" in payload;

    it(`shows ${type} unchanged to principals with events:read, and to the one it belongs to`, () => {
      for (const principal of [owner, viewer, other]) assert.equal(visibleEvent(event, principal), event);
    });

    it(`reveals nothing of another principal in ${type}`, () => {
      const seen = visibleEvent(event, ci);
      if (type !== "status-changed" && belongsToOne) assert.equal(seen, undefined);
      for (const secret of ["secret.command", other.id, "exec-1", "sess-1"]) {
        assert.ok(!JSON.stringify(seen ?? {}).includes(secret), secret);
      }
    });

    it(`shows ${type} without any of its scopes only if it needs none`, () => {
      assert.equal(visibleEvent(event, stranger) !== undefined, eventScopes[type].length === 0);
    });
  }

  it("strips the command of another principal from status-changed, and its ID, but nothing else", () => {
    const { eventId, timestamp, windowId } = appended(events["status-changed"]);
    const seen = visibleEvent(appended(events["status-changed"]), ci);
    assert.deepEqual(seen, { type: "status-changed", status: "busy", eventId, timestamp, windowId });
  });

  it("shows the folders of a window only with status:read", () => {
    const event = appended(events["window-joined"]);
    const reader = principals.add("reader", { scopes: ["events:read"] });
    const runner = principals.add("runner", { scopes: ["commands:run"] });
    const status = principals.add("status", { scopes: ["status:read"] });
    const without = { ...event, window: { ...events["window-joined"].window, workspaceFolders: [] } };
    assert.deepEqual([visibleEvent(event, reader), visibleEvent(event, runner)], [without, without]);
    assert.equal(visibleEvent(event, status), event);
  });

  it("hides events of earlier versions, which name no principal, from those who see their own only", () => {
    const { principalId: _, ...anonymous } = events["command-output"];
    assert.equal(visibleEvent(appended(anonymous), ci), undefined);
    assert.notEqual(visibleEvent(appended(anonymous), viewer), undefined);
  });

  it("hides shared sessions from those who see their own only", () => {
    const { principalId: _, ...shared } = events["session-changed"];
    assert.equal(visibleEvent(appended(shared), ci), undefined);
  });
});
