import assert from "node:assert/strict";
import { mkdir, rename, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import type { FolderSystem } from "../../../../src/core/commands/folderPaths.ts";
import { machineFolders } from "../../../../src/core/commands/folderPaths.ts";
import { type TableWindow, WindowTable } from "../../../../src/windows/group/windowTable.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

interface More {
  readonly focusedAt?: number;
  readonly isResponding?: boolean;
  readonly kind?: "editor" | "server";
}

describe("WindowTable", () => {
  let root: string;
  let windows: TableWindow[];

  beforeEach(async () => {
    root = await temporaryFolder();
    windows = [];
    for (const path of ["app/web/src", "app/api", "other"]) await mkdir(join(root, path), { recursive: true });
  });
  afterEach(() => removeFolder(root));

  const open = (id: string, folders: readonly string[], more: More = {}) => {
    const { focusedAt, isResponding = true, kind = "editor" } = more;
    const focus = { kind, ...(focusedAt !== undefined && { focusedAt }) };
    const workspaceFolders = folders.map((folder) => join(root, folder));
    windows.push({ record: { id, pid: windows.length, editor: "Test", workspaceFolders, ...focus }, isResponding });
  };
  const table = (folders?: FolderSystem, now?: () => number) =>
    new WindowTable({ windows: () => windows, folders, now });
  const at = async (path: string, selecting = table()) =>
    (await selecting.select({ workspacePath: join(root, path) })).record.id;

  it("selects the window with the deepest folder, whatever the order", async () => {
    open("app", ["app"]);
    open("web", ["app/web"]);
    open("root", ["."]);
    assert.equal(await at("app/web/src"), "web");
    assert.equal(await at("app/web"), "web");
    assert.equal(await at("app/api"), "app");
    assert.equal(await at("other"), "root");
  });

  it("prefers windows of editors to servers", async () => {
    open("server", ["app"], { kind: "server" });
    open("editor", ["app"]);
    assert.equal((await table().select({})).record.id, "editor");
    assert.equal(await at("app"), "editor");
    assert.equal((await table().select({ windowId: "server" })).record.id, "server");
  });

  it("prefers windows whose page is there", async () => {
    open("here", ["app"], { focusedAt: 1 });
    open("gone", ["app"], { focusedAt: 3 });
    windows = windows.map((window) => ({
      ...window,
      status: () => ({ status: window.record.id === "gone" ? "unavailable" : "ready" }),
    }));
    assert.equal((await table().select({})).record.id, "here");
    assert.equal(await at("app"), "here");
    windows = windows.filter(({ record }) => record.id === "gone");
    assert.equal((await table().select({})).record.id, "gone");
  });

  it("selects a window by each of its folders", async () => {
    open("single", ["other"]);
    open("multi", ["app/api", "app/web"]);
    assert.equal(await at("app/web/src"), "multi");
    assert.equal(await at("app/api"), "multi");
  });

  it("does not take a folder for one whose name it begins with", async () => {
    await mkdir(join(root, "app-two"));
    open("app", ["app"]);
    await assert.rejects(at("app-two"), { code: "NOT_FOUND" });
  });

  it("resolves symbolic links on both sides", async () => {
    await symlink(join(root, "app"), join(root, "link"));
    await symlink(join(root, "other"), join(root, "app", "way out"));
    open("link", ["link"]);
    assert.equal(await at("app/web"), "link");
    assert.equal(await at("link/web/src"), "link");
    await assert.rejects(at("link/way out"), { code: "NOT_FOUND" });
  });

  it("selects the window that had the focus last if several have the folder", async () => {
    open("first", ["app"], { focusedAt: 1 });
    open("last", ["app"], { focusedAt: 3 });
    open("never", ["app"]);
    assert.equal(await at("app"), "last");
  });

  it("selects the window that had the focus last without a place, and the owner if none had it", async () => {
    open("owner", []);
    open("member", []);
    assert.equal((await table().select({})).record.id, "owner");
    open("focused", [], { focusedAt: 5 });
    assert.equal((await table().select({})).record.id, "focused");
  });

  it("does not believe a time in the future after the clock was set back", async () => {
    open("before", [], { focusedAt: 9_000_000 });
    open("now", [], { focusedAt: 5000 });
    assert.equal((await table(undefined, () => 6000).select({})).record.id, "now");
  });

  it("selects a window by its ID, and prefers that to the path", async () => {
    open("a", ["app"]);
    open("b", ["other"]);
    assert.equal((await table().select({ windowId: "b", workspacePath: join(root, "app") })).record.id, "b");
  });

  it("names the open folders of all windows for an unknown window or path", async () => {
    open("a", ["app", "other"]);
    open("b", ["app"]);
    const openFolders = [join(root, "app"), join(root, "other")];
    const workspacePath = join(root, "missing");
    await assert.rejects(table().select({ workspacePath }), {
      code: "NOT_FOUND",
      message: `'${workspacePath}' is not open in any window; the open folders are ${openFolders.join(", ")}.`,
      context: { workspacePath, openFolders },
    });
    await assert.rejects(table().select({ windowId: "c" }), {
      code: "NOT_FOUND",
      context: { windowId: "c", openFolders },
    });
    await assert.rejects(table().select({ workspacePath: "/a\0b" }), { code: "NOT_FOUND" });
  });

  it("rejects a relative path", async () => {
    open("a", ["app"]);
    const workspacePath = relative(root, join(root, "app"));
    await assert.rejects(table().select({ workspacePath }), { code: "VALIDATION_FAILED" });
  });

  it("rejects a request for a window that does not respond, and sends it to no other", async () => {
    open("parent", ["app"], { focusedAt: 1 });
    open("silent", ["app/web"], { focusedAt: 2, isResponding: false });
    const gone = {
      code: "KIRO_UNAVAILABLE",
      context: { cause: "window-gone", reason: "window_disconnected", windowId: "silent" },
    };
    await assert.rejects(at("app/web/src"), gone);
    await assert.rejects(table().select({ windowId: "silent" }), gone);
    await assert.rejects(table().select({}), gone);
    assert.equal(await at("app/api"), "parent");
  });

  it("prefers a window that responds to one with the same folder that does not", async () => {
    open("silent", ["app"], { focusedAt: 2, isResponding: false });
    open("again", ["app"]);
    assert.equal(await at("app/web"), "again");
    await assert.rejects(table().select({}), { code: "KIRO_UNAVAILABLE" });
  });

  it("ignores a window that does not respond if its process has another bridge now", async () => {
    open("before", ["app"], { focusedAt: 2, isResponding: false });
    open("after", ["app"], { focusedAt: 1 });
    for (const { record } of windows) record.pid = 7;
    assert.equal(await at("app"), "after");
    assert.equal((await table().select({})).record.id, "after");
  });

  it("resolves folders again when they have changed", async () => {
    await symlink(join(root, "app"), join(root, "link"));
    open("link", ["link"]);
    const selecting = table();
    assert.equal(await at("app", selecting), "link");
    await symlink(join(root, "other"), join(root, "next"));
    await rename(join(root, "next"), join(root, "link"));
    selecting.foldersChanged();
    assert.equal(await at("other", selecting), "link");
    await assert.rejects(at("app", selecting), { code: "NOT_FOUND" });
  });

  it("finds a folder that is created after its window was opened", async () => {
    open("late", ["late"]);
    const selecting = table();
    await assert.rejects(at("late", selecting), { code: "NOT_FOUND" });
    await mkdir(join(root, "late"));
    assert.equal(await at("late", selecting), "late");
  });

  it("ignores letter case where the file system does", async () => {
    open("app", ["app"]);
    const path = join(root, "APP", "Web");
    const real = new Map([[path, path]]);
    const folders: FolderSystem = {
      ignoresCase: true,
      realPath: (asked) => Promise.resolve(real.get(asked) ?? asked),
      isSame: (a, b) => Promise.resolve(a.toLowerCase() === b.toLowerCase()),
    };
    assert.equal(await at("APP/Web", table(folders)), "app");
    await assert.rejects(at("APP/Web"), { code: "NOT_FOUND" });
  });

  it("tells folders apart that differ in letter case only, if they are two", async () => {
    await mkdir(join(root, "APP"));
    open("lower", ["app"]);
    open("upper", ["APP"]);
    const folders: FolderSystem = { ...machineFolders, ignoresCase: true };
    assert.equal(await at("app", table(folders)), "lower");
    assert.equal(await at("APP", table(folders)), "upper");
  });
});
