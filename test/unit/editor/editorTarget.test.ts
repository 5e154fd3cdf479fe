import assert from "node:assert/strict";
import type { EditorTarget } from "../../../src/editor/editorTarget.ts";
import { FakeEditor, fakeContext, fakeEditorTarget } from "../../support/fakePorts.ts";

describe("EditorTarget", () => {
  it("reads the list again for a command that is not in it, once for each that stays unlisted", async () => {
    const editor = new FakeEditor({ a: () => 1 });
    const target = fakeEditorTarget(editor);
    await target.refreshCommands();
    const run = async (command: string): Promise<void> => {
      await target.run({ kind: "command", command, args: [] }, fakeContext());
      await new Promise(setImmediate);
    };
    const has = (id: string): boolean => target.commands.some((command) => command.id === id);
    await run("a");
    assert.equal(editor.listings, 1);
    editor.commands.set("late", () => 1);
    await run("late");
    assert.deepEqual([has("late"), editor.listings], [true, 2]);
    editor.listCommands = async () => {
      editor.listings++;
      return [];
    };
    editor.commands.set("in.no.list", () => 1);
    for (let turn = 0; turn < 3; turn++) await run("in.no.list");
    assert.equal(editor.listings, 3);
    await target.dispose();
  });

  it("refuses a command ID that is too long before anything else looks at it", () => {
    const target: EditorTarget = fakeEditorTarget(new FakeEditor());
    assert.throws(() => target.commandOf({ command: "x".repeat(1001) }), { code: "VALIDATION_FAILED" });
    assert.equal(target.commandOf({ command: "x".repeat(1000) }).length, 1000);
  });
});
