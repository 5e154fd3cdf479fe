import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Emitter } from "../../../../src/base/events.ts";
import { EditorWindow, type WindowApi } from "../../../../src/host/editor/editorWindow.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

/** The window of a fake editor. */
class FakeApi implements WindowApi {
  readonly version = "1.110.0";
  readonly env = { appName: "Fake Editor" };
  readonly #focus = new Emitter<{ readonly focused: boolean }>();
  readonly #folders = new Emitter<void>();
  readonly window = { state: { focused: false }, onDidChangeWindowState: this.#focus.event };
  readonly workspace: WindowApi["workspace"] & { workspaceFolders: WindowApi["workspace"]["workspaceFolders"] } = {
    isTrusted: true,
    workspaceFolders: undefined,
    onDidChangeWorkspaceFolders: this.#folders.event,
  };

  focus(focused: boolean): void {
    this.#focus.fire({ focused });
  }

  open(...folders: readonly [scheme: string, path: string][]): void {
    this.workspace.workspaceFolders = folders.map(([scheme, fsPath]) => ({ name: fsPath, uri: { scheme, fsPath } }));
    this.#folders.fire();
  }
}

describe("The editor window", () => {
  let api: FakeApi;
  let now: number;
  let changes: number;
  let folder: string;

  beforeEach(async () => {
    api = new FakeApi();
    now = 1000;
    changes = 0;
    folder = await temporaryFolder();
  });

  afterEach(() => removeFolder(folder));

  function open(): EditorWindow {
    const window = new EditorWindow({ api, discoveryFolder: folder, now: () => now });
    window.onDidChange(() => changes++);
    return window;
  }

  it("has the focus since its start, or not yet", () => {
    assert.equal("focusedAt" in open().describe(), false);
    api.window.state.focused = true;
    assert.equal(open().describe().focusedAt, 1000);
  });

  it("remembers when it gained the focus last, and tells it", () => {
    const window = open();
    now = 2000;
    api.focus(true);
    assert.deepEqual([window.describe().focusedAt, changes], [2000, 1]);
    now = 3000;
    api.focus(true);
    api.focus(false);
    assert.deepEqual([window.describe().focusedAt, changes], [2000, 1]);
    now = 4000;
    api.focus(true);
    assert.deepEqual([window.describe().focusedAt, changes], [4000, 2]);
  });

  it("keeps its ID, and describes the folders that have a path", () => {
    const window = open();
    const { id } = window.describe();
    api.open(["file", "/a"], ["vscode-vfs", "/github"], ["file", "/b"]);
    const { id: later, workspaceFolders } = window.describe();
    assert.deepEqual([later, workspaceFolders, changes], [id, ["/a", "/b"], 1]);
    assert.deepEqual(window.virtualFolders, ["/github"]);
  });

  it("follows nothing once it is disposed", async () => {
    const window = open();
    await window.dispose();
    api.focus(true);
    api.open(["file", "/a"]);
    assert.equal(changes, 0);
  });

  it("lists other windows of bridges that run, but not itself at a shared address", async () => {
    const window = open();
    const describe = (id: string, workspaceFolders: string[]) => ({ id, pid: 1, editor: "test", workspaceFolders });
    const windows = [describe("other", ["/other"]), describe(window.describe().id, ["/own"])];
    const entry = { version: "0.1.0", url: "http://127.0.0.1:3001", pid: process.ppid, token: "", windows };
    await writeFile(join(folder, "bridge.json"), JSON.stringify(entry));
    await writeFile(join(folder, "bridge-3002.json"), JSON.stringify({ ...entry, pid: process.pid }));
    assert.deepEqual(await window.others(), [{ url: entry.url, workspaceFolders: ["/other"] }]);
  });
});
