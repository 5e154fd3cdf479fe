import assert from "node:assert/strict";
import { Policy } from "../../../src/core/policy.ts";
import { DEFAULT_DENY } from "../../../src/host/settingsTable.ts";

describe("Policy", () => {
  const policy = new Policy(["*"], DEFAULT_DENY);

  it("denies by default what cannot be taken back or widens the reach of a caller", () => {
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

  it("lets ordinary commands through, with odd characters too", () => {
    for (const id of ["workbench.action.files.newUntitledFile", "a/b.c", ".hidden", "vscode.open", "x y"]) {
      assert.equal(policy.decide(id).allowed, true, id);
    }
  });

  it("says which rule decided, and lets deny beat allow", () => {
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

  it("looks into runCommands, so that a denied command cannot ride along", () => {
    const smuggled = {
      command: "runCommands",
      args: [],
      params: [{ commands: ["echo", { command: "kiroAgent.deleteAccount" }] }],
    };
    assert.equal(policy.decideTask(smuggled).allowed, false);
    assert.equal(policy.decideTask({ ...smuggled, params: [{ commands: ["echo"] }] }).allowed, true);
  });
});
