import assert from "node:assert/strict";
import { type ListedWindow, WindowList } from "../../../../src/windows/group/windowList.ts";

function listed(id: string, commands: readonly string[], isResponding = true): ListedWindow {
  return {
    record: { id, pid: 1, editor: "Fake Editor", workspaceFolders: [] },
    isResponding,
    status: () => undefined,
    commands: () => commands.map((command) => ({ id: command, source: "editor", allowed: true })),
  };
}

describe("The list of windows", () => {
  it("says which window does not respond", () => {
    const windows = new WindowList().describe([listed("a", []), listed("b", [], false)], "a");
    assert.deepEqual(
      windows.map(({ id, state, focused, owner }) => ({ id, state, focused, owner })),
      [
        { id: "a", state: "ready", focused: true, owner: true },
        { id: "b", state: "not-responding", focused: false, owner: false },
      ],
    );
  });

  it("names the commands that not every window has", () => {
    const windows = new WindowList().describe([listed("a", ["x", "y"]), listed("b", ["y"])], undefined);
    assert.deepEqual(
      windows.map(({ ownCommands }) => ownCommands),
      [["x"], []],
    );
  });
});
