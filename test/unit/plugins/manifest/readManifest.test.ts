import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "../../../../src/plugins/manifest/readManifest.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

describe("The file of a manifest", () => {
  let root: string;
  let folder: string;

  beforeEach(async () => {
    root = await temporaryFolder();
    folder = join(root, "plugin");
    await mkdir(join(folder, ".claude-plugin"), { recursive: true });
  });

  afterEach(() => removeFolder(root));

  const write = (value: unknown) =>
    writeFile(
      join(folder, ".claude-plugin", "plugin.json"),
      typeof value === "string" ? value : JSON.stringify({ name: "a", version: "1.0.0", ...(value as object) }),
    );

  async function problems(): Promise<string[]> {
    const reading = await readManifest(folder);
    return reading?.kind === "invalid" ? reading.problems.map(({ path, message }) => `${path} ${message}`.trim()) : [];
  }

  it("is read, and undefined where there is none", async () => {
    assert.equal(await readManifest(folder), undefined);
    assert.equal(await readManifest(join(folder, "nothing")), undefined);
    await write({});
    assert.equal((await readManifest(folder))?.kind, "valid");
  });

  it("has at most 1 MiB", async () => {
    await write({ extra: "a".repeat(1024 * 1024) });
    assert.deepEqual(await problems(), ["has more than 1 MiB"]);
  });

  it("is a file", async () => {
    await mkdir(join(folder, ".claude-plugin", "plugin.json"));
    assert.equal((await problems()).length, 1);
  });

  it("is not a named pipe, which nobody waits for", async function () {
    if (process.platform === "win32") this.skip();
    execFileSync("mkfifo", [join(folder, ".claude-plugin", "plugin.json")]);
    assert.deepEqual(await problems(), ["is not a file"]);
  });

  it("names a main inside of the folder", async () => {
    await write({ main: "lib/main.js" });
    assert.deepEqual(await problems(), ["main is not a file inside of the folder of the plugin"]);
    await mkdir(join(folder, "lib"));
    await writeFile(join(folder, "lib", "main.js"), "");
    assert.equal((await readManifest(folder))?.kind, "valid");
  });

  it("names no main outside, by dots, an absolute path or a link", async () => {
    const outside = join(root, "outside.js");
    await writeFile(outside, "");
    await symlink(outside, join(folder, "link.js"));
    for (const main of ["../outside.js", outside, "link.js", "lib/../../outside.js", "."]) {
      await write({ main });
      assert.deepEqual(await problems(), ["main is not a file inside of the folder of the plugin"], main);
    }
  });

  it("may name a main by a link inside of the folder", async () => {
    await writeFile(join(folder, "real.js"), "");
    await symlink(join(folder, "real.js"), join(folder, "link.js"));
    await write({ main: "./link.js" });
    assert.equal((await readManifest(folder))?.kind, "valid");
  });
});
