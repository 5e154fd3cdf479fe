import assert from "node:assert/strict";
import { CommandCatalog } from "../../../../src/core/commands/commandCatalog.ts";
import { Policy } from "../../../../src/core/commands/policy.ts";
import { FakeAgent, FakeEditor, fakeEditorTarget } from "../../../support/fakePorts.ts";

describe("CommandCatalog", () => {
  it("lists the commands that may be run, and follows changes of the policy", async () => {
    const policy = new Policy(["*"], []);
    const catalog = new CommandCatalog([fakeEditorTarget(new FakeEditor({ a: () => 1, b: () => 1 }))], policy);
    await catalog.refresh();
    assert.deepEqual(catalog.allowedIds(), ["a", "b"]);
    policy.reconfigure(["*"], ["a"]);
    assert.deepEqual(catalog.allowedIds(), ["b"]);
    assert.deepEqual(
      catalog.search(undefined, 10).commands.map(({ id, allowed }) => [id, allowed]),
      [
        ["a", false],
        ["b", true],
      ],
    );
    await catalog.dispose();
  });

  it("finds words anywhere in an id or a title, in any order", async () => {
    const editor = new FakeEditor({
      "editor.action.formatDocument": () => 1,
      "editor.action.formatSelection": () => 1,
      "vscode.open": () => 1,
    });
    const titled = [{ id: "kiro.cli.chat", title: "Ask Kiro CLI about the Document", source: "kiro-cli" }];
    const targets = [Object.assign(new FakeAgent(), { commands: titled }), fakeEditorTarget(editor)];
    const catalog = new CommandCatalog(targets, new Policy(["*"], []));
    await catalog.refresh();
    const found = (query: string): string[] => catalog.search(query, 10).commands.map(({ id }) => id);
    assert.deepEqual(found("format document"), ["editor.action.formatDocument"]);
    assert.deepEqual(found(" Document  FORMAT "), ["editor.action.formatDocument"]);
    assert.deepEqual(found("action.format"), ["editor.action.formatDocument", "editor.action.formatSelection"]);
    assert.deepEqual(found("document"), ["editor.action.formatDocument", "kiro.cli.chat"]);
    assert.deepEqual(found("document kiro"), ["kiro.cli.chat"]);
    assert.deepEqual(found("format nothing"), []);
    assert.equal(catalog.search("", 10).total, 4);
    await catalog.dispose();
  });

  it("shows a principal only the commands that its own rules include, in lists, searches and suggestions", async () => {
    const editor = new FakeEditor({ "test.runAll": () => 1, "test.runOne": () => 1, "secret.runAll": () => 1 });
    const policy = new Policy(["*"], []);
    const catalog = new CommandCatalog([fakeEditorTarget(editor)], policy);
    await catalog.refresh();
    const ci = { commands: { allow: ["test.*"], deny: ["*One"] } };
    assert.deepEqual(catalog.allowedIds(ci), ["test.runAll"]);
    assert.deepEqual(catalog.search("run", 10, ci), {
      commands: [{ id: "test.runAll", source: "editor", allowed: true }],
      total: 1,
    });
    assert.deepEqual(catalog.suggest("test.runAl", ci), ["test.runAll"]);
    assert.deepEqual(catalog.suggest("secret.runAl", ci), []);
    assert.deepEqual(catalog.suggest("secret.runAl"), ["secret.runAll"]);
    assert.deepEqual([catalog.has("secret.runAll", ci), catalog.has("secret.runAll")], [false, true]);
    // Its rules cannot widen the settings, also when these change.
    policy.reconfigure(["*"], ["test.*"]);
    assert.deepEqual(catalog.allowedIds(ci), []);
    assert.deepEqual(catalog.suggest("test.runAl", ci), []);
    await catalog.dispose();
  });
});
