import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CLI_VERSION, removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { runCli } from "../../../support/cli/cliProcess.ts";
import { checkManifest } from "../../../support/guides/checkJson.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

describe("kiro-bridge plugin new", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));
  after(removeCliBundle);

  it("creates a folder with a manifest, a program, its test and a README", async () => {
    const target = join(folder, "my-plugin");
    const { code, stdout, stderr } = await runCli(["plugin", "new", "my-plugin", target]);
    assert.deepEqual([code, stdout], [0, `${target}\n`], stderr);
    assert.match(stderr, /^Created 7 files\. Next: npm install, then npm test\.\n$/);
    const text = await readFile(join(target, ".claude-plugin/plugin.json"), "utf8");
    checkManifest(text, target);
    const manifest = JSON.parse(text);
    assert.deepEqual([manifest.name, manifest.communication.rpc.endpoint], ["my-plugin", "plugin://my-plugin/rpc"]);
    const { dependencies } = JSON.parse(await readFile(join(target, "package.json"), "utf8"));
    assert.deepEqual(dependencies, { "kiro-bridge": `^${CLI_VERSION}` });
    for (const file of ["main.mjs", "plugin.mjs", "test/plugin.test.mjs", "README.md"])
      assert.ok((await readFile(join(target, file), "utf8")).length > 0, file);
  });

  it("prints the files for programs", async () => {
    const target = join(folder, "new");
    const { stdout } = await runCli(["--json", "plugin", "new", "my-plugin", target]);
    const { name, folder: created, files } = JSON.parse(stdout);
    assert.deepEqual([name, created, files.length], ["my-plugin", target, 7]);
  });

  it("never overwrites a file", async () => {
    const target = join(folder, "mine");
    await mkdir(target);
    await writeFile(join(target, "README.md"), "mine");
    const { code, stderr } = await runCli(["plugin", "new", "mine", target]);
    assert.equal(code, 64);
    assert.match(stderr, /is not empty: nothing is overwritten/);
    assert.deepEqual(await readdir(target), ["README.md"]);
    assert.equal(await readFile(join(target, "README.md"), "utf8"), "mine");
  });

  for (const name of ["My Plugin", "../up", "-x", "kiro-bridge", "system", "a".repeat(65)]) {
    it(`refuses the name ${name.slice(0, 20)}`, async () => {
      const { code } = await runCli(["plugin", "new", "--", name, join(folder, "x")]);
      assert.equal(code, 64);
      assert.deepEqual(await readdir(folder), []);
    });
  }
});
