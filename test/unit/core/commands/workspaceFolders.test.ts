import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkspaceFolders } from "../../../../src/core/commands/workspaceFolders.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { FakeWindow } from "../../../support/fakePorts.ts";

describe("WorkspaceFolders", () => {
  let root: string;
  let folders: WorkspaceFolders;

  before(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), "kiro-bridge-")));
    await mkdir(join(root, "open", "inner"), { recursive: true });
    await mkdir(join(root, "open-sibling"));
    await symlink(join(root, "open-sibling"), join(root, "open", "way-out"), "junction");
    await symlink(join(root, "open", "inner"), join(root, "way-in"), "junction");
    const window = new FakeWindow();
    window.folders = [join(root, "open")];
    window.otherWindows = [
      { url: "http://127.0.0.1:3002", workspaceFolders: ["/somewhere", join(root, "open-sibling")] },
      { url: "http://127.0.0.1:3003", workspaceFolders: [join(root, "open")] },
    ];
    folders = new WorkspaceFolders(window);
  });

  after(() => rm(root, { recursive: true }));

  it("accepts an open folder and paths inside it, however they are spelled", async () => {
    assert.equal(await folders.resolve(join(root, "open")), join(root, "open"));
    assert.equal(await folders.resolve(`${root}/open/inner/../inner`), join(root, "open", "inner"));
    assert.equal(await folders.resolve(join(root, "way-in")), join(root, "open", "inner"));
  });

  it("ignores letter case where the file system does", async () => {
    const window = new FakeWindow();
    window.folders = [join(root, "Project")];
    const blind = new WorkspaceFolders(window, {
      ignoresCase: true,
      realPath: (path) => Promise.resolve(path),
      isSame: (a, b) => Promise.resolve(a.toLowerCase() === b.toLowerCase()),
    });
    assert.equal(await blind.resolve(join(root, "project", "src")), join(root, "project", "src"));
    await assert.rejects(blind.resolve(join(root, "project-two")), { code: "NOT_FOUND" });
  });

  const refused: Record<string, () => string> = {
    "a folder outside": () => join(root, "open-sibling"),
    "a way out by dots": () => `${root}/open/../open-sibling`,
    "a way out by a link": () => join(root, "open", "way-out"),
    "a folder that does not exist": () => join(root, "open", "nothing"),
    "a path with NUL": () => `${root}/open/\0`,
  };
  for (const [name, path] of Object.entries(refused)) {
    it(`rejects ${name}, and names the open folders`, () =>
      assert.rejects(folders.resolve(path()), (error) => {
        assert.ok(error instanceof BridgeError);
        assert.equal(error.code, "NOT_FOUND");
        assert.deepEqual(error.context?.["openFolders"], [join(root, "open")]);
        return true;
      }));
  }

  it("names the other windows that have it open", async () => {
    const error: unknown = await folders.resolve(join(root, "open", "way-out")).catch((reason: unknown) => reason);
    assert.ok(error instanceof BridgeError);
    assert.deepEqual(error.context?.["openIn"], ["http://127.0.0.1:3002"]);
    const path = join(root, "open", "way-out");
    assert.equal(
      error.message,
      `'${path}' is not open in this window; the open folders are ${join(root, "open")}. It is open in another window: http://127.0.0.1:3002.`,
    );
  });

  it("mentions only this window when no other has it open", async () => {
    const error: unknown = await folders.resolve(root).catch((reason: unknown) => reason);
    assert.ok(error instanceof BridgeError);
    assert.ok(error.message.startsWith(`'${root}' is not open in this window; the open folders are`));
    assert.equal(error.context?.["openIn"], undefined);
  });

  it("rejects a relative path as invalid", () =>
    assert.rejects(
      folders.resolve("open"),
      (error) => error instanceof BridgeError && error.code === "VALIDATION_FAILED",
    ));
});
