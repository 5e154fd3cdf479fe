import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { releaseFiles, sha256Of, verifyRelease, writeChecksums } from "../../../scripts/release/parts/releaseFiles.mjs";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const VERSION = "0.2.0";
const files = releaseFiles(VERSION);

describe("The files of a release", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    for (const name of files.all.filter((each) => each !== files.sums)) await writeFile(join(folder, name), name);
    writeChecksums(folder);
  });
  afterEach(() => removeFolder(folder));

  it("have checksums that sha256sum can read", async () => {
    const lines = (await readFile(join(folder, files.sums), "utf8")).split("\n");
    assert.equal(lines.pop(), "");
    assert.deepEqual(
      lines,
      files.all
        .filter((name) => name !== files.sums)
        .toSorted()
        .map((name) => `${sha256Of(join(folder, name))}  ${name}`),
    );
  });

  it("are returned with their paths if nothing differs", () => {
    assert.deepEqual(verifyRelease(VERSION, folder), {
      vsix: join(folder, "kiro-bridge-0.2.0.vsix"),
      npmPackage: join(folder, "kiro-bridge-0.2.0.tgz"),
      sums: join(folder, "SHA256SUMS"),
      all: files.all.map((name) => join(folder, name)),
    });
  });

  for (const name of files.all.filter((each) => each !== files.sums)) {
    it(`are refused if ${name} differs`, async () => {
      await writeFile(join(folder, name), "other bytes");
      assert.throws(
        () => verifyRelease(VERSION, folder),
        ({ message }: Error) => message.startsWith(`${name} is not`),
      );
    });

    it(`are refused without ${name}`, async () => {
      await rm(join(folder, name));
      assert.throws(() => verifyRelease(VERSION, folder), /but the release 0\.2\.0 is/);
    });
  }

  it("are refused with one file more, and without its checksum", async () => {
    await writeFile(join(folder, "more.vsix"), "");
    assert.throws(() => verifyRelease(VERSION, folder), /more\.vsix/);
    writeChecksums(folder);
    assert.throws(() => verifyRelease(VERSION, folder), /more\.vsix/);
  });

  it("are refused as those of another version", () => {
    assert.throws(() => verifyRelease("0.2.1", folder), /but the release 0\.2\.1 is/);
  });

  it("are refused without checksums, or with lines that are none", async () => {
    await writeFile(join(folder, files.sums), "0123  kiro-bridge-0.2.0.vsix\n");
    assert.throws(() => verifyRelease(VERSION, folder), /has the line/);
    await rm(join(folder, files.sums));
    assert.throws(() => verifyRelease(VERSION, folder), /pack\.mjs first/);
  });
});
