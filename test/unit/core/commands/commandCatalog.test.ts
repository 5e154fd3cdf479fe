import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { CommandCatalog } from "../../../../src/core/commands/commandCatalog.ts";
import { Policy } from "../../../../src/core/commands/policy.ts";
import { FakeEditor } from "../../../support/fakePorts.ts";

describe("CommandCatalog", () => {
  it("lists what may be run, and follows the policy when it changes", async () => {
    const policy = new Policy(["*"], []);
    const catalog = new CommandCatalog(new FakeEditor({ a: () => 1, b: () => 1 }), policy, [], silentLogger);
    await catalog.refresh();
    assert.deepEqual(catalog.allowedIds, ["a", "b"]);
    policy.reconfigure(["*"], ["a"]);
    assert.deepEqual(catalog.allowedIds, ["b"]);
    assert.deepEqual(
      catalog.search(undefined, 10).commands.map(({ id, allowed }) => [id, allowed]),
      [
        ["a", false],
        ["b", true],
      ],
    );
    await catalog.dispose();
  });

  it("finds words wherever they stand in an id or a title, in any order", async () => {
    const editor = new FakeEditor({
      "editor.action.formatDocument": () => 1,
      "editor.action.formatSelection": () => 1,
      "vscode.open": () => 1,
    });
    const titled = [{ id: "kiro.cli.chat", title: "Ask Kiro CLI about the Document", source: "kiro-cli" }];
    const catalog = new CommandCatalog(editor, new Policy(["*"], []), titled, silentLogger);
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

  it("reads the list again for a command that is not in it, once for each that stays unlisted", async () => {
    const editor = new FakeEditor({ a: () => 1 });
    const catalog = new CommandCatalog(editor, new Policy(["*"], []), [], silentLogger);
    await catalog.refresh();
    catalog.notice("a");
    assert.equal(editor.listings, 1);
    editor.commands.set("late", () => 1);
    catalog.notice("late");
    await new Promise(setImmediate);
    assert.deepEqual([catalog.has("late"), editor.listings], [true, 2]);
    for (let turn = 0; turn < 3; turn++) {
      catalog.notice("in.no.list");
      await new Promise(setImmediate);
    }
    assert.equal(editor.listings, 3);
    await catalog.dispose();
  });
});
