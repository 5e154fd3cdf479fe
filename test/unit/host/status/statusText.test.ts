import assert from "node:assert/strict";
import type { BridgeState } from "../../../../src/hosting/lifecycle/bridgeSwitch.ts";
import { statusText } from "../../../../src/host/status/statusText.ts";
import { FakeAddress, listing } from "../../../support/fakeAddress.ts";

const on: BridgeState = {
  kind: "on",
  bridge: {
    url: "http://127.0.0.1:3002",
    port: 3002,
    note: "Port 3001 is held by nginx (pid 7).",
    dispose: async () => undefined,
  },
};

describe("statusText", () => {
  it("shows off with its reason, and what a click does", () => {
    const why = { reason: "The workspace is not trusted.", hint: "Click to manage workspace trust." };
    const { label, lines } = statusText({ kind: "off", why });
    assert.deepEqual(lines, ["The workspace is not trusted.", "Click to manage workspace trust."]);
    assert.equal(label, "Kiro Bridge, off. The workspace is not trusted. Click to manage workspace trust.");
    assert.deepEqual(statusText({ kind: "off" }).lines, ["The server is off.", "Click to start."]);
  });

  it("shows the port, and why it is not the configured one", () => {
    const { text, lines } = statusText(on, { load: { running: 0, queued: 0, waitingForInput: 0 } });
    assert.match(text, /Kiro Bridge :3002$/);
    assert.ok(lines.includes("Port 3001 is held by nginx (pid 7)."));
  });

  it("shows which windows share the address, before its note", () => {
    const address = new FakeAddress({ role: "member", windows: [listing("a"), listing("b"), listing("c")] });
    const place = { address, external: { kind: "local" as const }, virtualFolders: [] };
    const { lines } = statusText(on, { place });
    assert.deepEqual(lines.slice(0, 2), [
      "Shares http://127.0.0.1:3001 with 2 other windows, one of which owns it.",
      "Port 3001 is held by nginx (pid 7).",
    ]);
  });

  it("shows that changed settings are pending", () => {
    const line = "Changed settings take effect when nothing is running.";
    const load = { running: 1, queued: 0, waitingForInput: 0 };
    assert.ok(statusText(on, { load: { ...load, isRestartPending: true } }).lines.includes(line));
    assert.ok(!statusText(on, { load }).lines.includes(line));
  });

  it("counts what runs and waits", () => {
    const { text, label } = statusText(on, { load: { running: 2, queued: 3, waitingForInput: 0 } });
    assert.match(text, /spin.*\(5\)$/);
    assert.match(label, /busy with 5 commands, port 3002/);
  });

  it("shows destinations of exports that need a person, unless there is something to do at once", () => {
    const troubledExports = ["archive", "$(x)"];
    const { text, lines, label, needsAnswer } = statusText(on, { troubledExports });
    assert.equal(text, "$(warning) Kiro Bridge :3002");
    assert.deepEqual(lines.slice(-2), ["Exports need you: archive, $ (x). The dashboard says why.", "Click to stop."]);
    assert.match(label, /Exports need you: archive/);
    assert.equal(needsAnswer, false);
    const asking = { running: 1, queued: 0, waitingForInput: 1 };
    assert.match(statusText(on, { troubledExports, load: asking }).text, /question/);
    assert.equal(statusText(on, { troubledExports: [] }).text, "$(radio-tower) Kiro Bridge :3002");
  });

  it("shows a problem with its reason", () => {
    const { isProblem, lines } = statusText({ kind: "problem", reason: "No free port." });
    assert.equal(isProblem, true);
    assert.equal(lines[0], "No free port.");
    const taken = statusText({ kind: "problem", reason: "It is taken.", takenPort: 3001 });
    assert.match(taken.label, /It is taken\. It starts automatically when the port is free\./);
  });

  it("shows that programs ask for access, and a click shows who", () => {
    const load = { running: 1, queued: 0, waitingForInput: 1 };
    const { text, label, lines, command, needsAnswer } = statusText(on, { load, accessRequests: 2 });
    assert.equal(text, "$(key) Kiro Bridge :3002 (1)");
    assert.match(label, /^Kiro Bridge, 2 programs ask for access\./);
    assert.deepEqual(lines.slice(-2), ["2 programs ask for access.", "Click to decide."]);
    assert.ok(lines.includes("1 waiting for an answer"));
    assert.deepEqual([command, needsAnswer], ["showAccess", true]);
    assert.equal(statusText(on, { load, accessRequests: 0 }).command, "answerQuestion");
    assert.match(statusText(on, { load, accessRequests: 1 }).label, /1 program asks for access\./);
  });

  it("asks for an answer while a question is pending, and a click answers", () => {
    const { text, label, lines, command, needsAnswer } = statusText(on, {
      load: { running: 1, queued: 0, waitingForInput: 1 },
    });
    assert.match(text, /question/);
    assert.match(label, /1 waiting for an answer.*Click to answer\./);
    assert.equal(lines.at(-1), "Click to answer.");
    assert.deepEqual([command, needsAnswer], ["answerQuestion", true]);
    assert.equal(statusText(on, { load: { running: 1, queued: 0, waitingForInput: 0 } }).command, "toggle");
  });
});
