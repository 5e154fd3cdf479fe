import type { CommandRules } from "../../../../src/protocol/access.ts";
import { editorUser, ownerProgram } from "../../../../src/core/access/principal.ts";
import assert from "node:assert/strict";
import { Policy } from "../../../../src/core/commands/policy.ts";
import { DEFAULT_DENY } from "../../../../src/core/settings.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import type { Json } from "../../../../src/protocol/values.ts";

const internal = { allowed: false, rule: { setting: "built-in", pattern: "_*" } };
const runCommands = (...params: Json[]) => ({ command: "runCommands", args: [], params });

describe("Policy", () => {
  const policy = new Policy(["*"], DEFAULT_DENY);

  it("denies by default what cannot be undone or gives a caller more access", () => {
    const denied = [
      "kiroAgent.deleteAccount",
      "kiroBridge.copyToken",
      "kiroBridge.stop",
      "workbench.trust.manage",
      "workbench.extensions.installExtension",
      "workbench.extensions.uninstallExtension",
      "github.signOut",
    ];
    for (const id of denied) assert.equal(policy.decide(id).allowed, false, id);
  });

  it("denies by default what answers in place of the user", () => {
    const denied = [
      "quickInput.accept",
      "quickInput.acceptInBackground",
      "workbench.action.acceptSelectedQuickOpenItem",
      "workbench.action.alternativeAcceptSelectedQuickOpenItem",
      "notification.acceptPrimaryAction",
      "workbench.action.chat.acceptTool",
      "workbench.action.chat.acceptElicitation",
    ];
    for (const id of denied) assert.equal(policy.decide(id).allowed, false, id);
    for (const id of ["workbench.action.quickOpen", "quickInput.hide", "acceptSelectedSuggestion", "list.select"]) {
      assert.equal(policy.decide(id).allowed, true, id);
    }
  });

  it("allows ordinary commands, with unusual characters too", () => {
    for (const id of ["workbench.action.files.newUntitledFile", "a/b.c", ".hidden", "vscode.open", "x y", "a_b"]) {
      assert.equal(policy.decide(id).allowed, true, id);
    }
  });

  it("reports which rule decided, and deny overrides allow", () => {
    const strict = new Policy(["editor.*", "kiro.cli.*"], ["editor.action.*"]);
    assert.deepEqual(strict.decide("editor.fold"), {
      allowed: true,
      rule: { setting: "kiroBridge.commands.allow", pattern: "editor.*" },
    });
    assert.deepEqual(strict.decide("editor.action.x"), {
      allowed: false,
      rule: { setting: "kiroBridge.commands.deny", pattern: "editor.action.*" },
    });
    assert.deepEqual(strict.decide("other"), { allowed: false, rule: { setting: "kiroBridge.commands.allow" } });
  });

  it("applies neither list to the user of the editor", () => {
    const narrow = new Policy(["editor.fold"], ["kiroBridge.*"]);
    for (const id of ["editor.unfold", "kiroBridge.stop"]) {
      assert.equal(narrow.decide(id).allowed, false);
      assert.deepEqual(narrow.decide(id, editorUser), { allowed: true });
    }
    narrow.assertAllowed(runCommands({ commands: ["kiroBridge.stop"] }), editorUser);
  });

  it("narrows the lists by the rules of a principal, and never widens them", () => {
    const lists = new Policy(["editor.*", "test.*"], ["editor.secret"]);
    const narrow = (commands: CommandRules) => ({ via: "http" as const, principal: { commands } });
    const decide = (id: string, commands: CommandRules) => lists.decide(id, narrow(commands));
    assert.equal(decide("editor.fold", { allow: ["editor.f*"] }).allowed, true);
    assert.deepEqual(decide("test.echo", { allow: ["editor.f*"] }), { allowed: false, rule: { setting: "access" } });
    assert.deepEqual(decide("editor.fold", { allow: ["*"], deny: ["*.fold"] }), {
      allowed: false,
      rule: { setting: "access", pattern: "*.fold" },
    });
    for (const id of ["editor.secret", "other.command"])
      assert.deepEqual(decide(id, { allow: ["*"] }), lists.decide(id), id);
    assert.equal(decide("test.echo", { allow: [] }).allowed, false);
  });

  it("denies the editor's internal commands to all callers, whatever the settings say", () => {
    const open = new Policy(["*", "_*", "_workbench.open"], []);
    for (const caller of [ownerProgram, editorUser]) {
      assert.deepEqual(open.decide("_workbench.open", caller), internal);
      assert.deepEqual(open.decideTask(runCommands({ commands: ["editor.fold", "_x"] }), caller), internal);
    }
    assert.throws(() => open.assertAllowed({ command: "_x", args: [] }), {
      code: "ACCESS_DENIED",
      message: /begin with '_' are internal to the editor/,
      context: { rule: internal.rule },
    });
  });

  it("applies replaced lists to the next request, and fires an event", () => {
    const live = new Policy(["*"], []);
    let changes = 0;
    live.onDidChange(() => changes++);
    live.reconfigure(["editor.*"], ["editor.fold"]);
    assert.deepEqual(
      ["editor.fold", "editor.unfold", "other"].map((id) => live.decide(id).allowed),
      [false, true, false],
    );
    assert.equal(changes, 1);
  });
});

describe("Policy, on runCommands", () => {
  const policy = new Policy(["*"], ["denied"]);
  const isAllowed = (...params: Json[]) => policy.decideTask(runCommands(...params)).allowed;

  it("checks each command in it, at any depth and in any spelling", () => {
    const denied = { command: "denied", args: [1] };
    assert.equal(isAllowed({ commands: ["echo", denied] }), false);
    assert.equal(isAllowed({ commands: ["denied"] }), false);
    assert.equal(isAllowed({ commands: [{ command: "runCommands", args: { commands: ["denied"] } }] }), false);
    assert.equal(isAllowed({ commands: [{ command: "runCommands", args: [{ commands: [denied] }] }] }), false);
    assert.equal(isAllowed({ $type: "Object", value: { commands: [denied] } }), false);
    assert.equal(isAllowed({ commands: [{ $type: "Object", value: denied }] }), false);
    assert.equal(isAllowed({ commands: [{ command: "runCommands", args: { commands: ["_x"] } }] }), false);
    assert.equal(policy.decideTask({ command: "runCommands", args: ["denied"] }).allowed, false);
  });

  it("does not treat a text argument as a command", () => {
    assert.equal(isAllowed({ commands: ["echo", { command: "type", args: { text: "denied" } }] }), true);
    assert.equal(isAllowed({ commands: [{ command: "type", args: ["_x", { text: "_x" }] }] }), true);
  });

  it("does not inspect the arguments of other commands", () => {
    assert.equal(policy.decideTask({ command: "echo", args: [], params: [{ commands: ["denied"] }] }).allowed, true);
  });

  it("rejects more than 1,000 commands, and invalid ids", () => {
    assert.equal(isAllowed({ commands: Array.from({ length: 1000 }, () => "echo") }), true);
    const tooMuch = [
      { commands: Array.from({ length: 1001 }, () => "echo") },
      { commands: [{ command: "x".repeat(1001) }] },
    ];
    for (const commands of tooMuch) {
      assert.throws(
        () => isAllowed(commands),
        (error) => error instanceof BridgeError && error.code === "VALIDATION_FAILED",
      );
    }
  });

  it("decides by the current lists, whatever it decided for the same id before", () => {
    const policy = new Policy(["*"], []);
    assert.equal(policy.decide("test.echo").allowed, true);
    policy.reconfigure(["*"], ["test.*"]);
    assert.equal(policy.decide("test.echo").allowed, false);
    policy.reconfigure(["other.*"], []);
    assert.deepEqual(policy.decide("test.echo"), { allowed: false, rule: { setting: "kiroBridge.commands.allow" } });
    for (let count = 0; count < 3000; count++) assert.equal(policy.decide(`other.${count}`).allowed, true);
    assert.equal(policy.decide("test.echo", editorUser).allowed, true);
  });
});
