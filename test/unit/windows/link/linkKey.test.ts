import assert from "node:assert/strict";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LinkKey } from "../../../../src/windows/link/linkKey.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

describe("The key of the link", () => {
  let place: string;
  let folder: string;

  beforeEach(async () => {
    place = await temporaryFolder();
    folder = join(place, ".kiro-bridge");
  });

  afterEach(() => removeFolder(place));

  it("is created on first use, for this user only, with 256 random bits", async () => {
    const key = await new LinkKey(folder).get();
    assert.equal(key.length, 32);
    assert.equal(await readFile(join(folder, "link.key"), "utf8"), `${key.toString("base64url")}\n`);
    assert.deepEqual(await new LinkKey(folder).get(), key);
    if (process.platform === "win32") return;
    assert.equal((await stat(join(folder, "link.key"))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it("is the same for all windows, however many start together", async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => new LinkKey(folder).get()));
    assert.equal(new Set(keys.map((key) => key.toString("hex"))).size, 1);
    assert.deepEqual(await readdir(folder), ["link.key"]);
  });

  for (const text of ["", "short", "x".repeat(44), `${"x".repeat(43)}\n${"x".repeat(43)}`]) {
    it(`is refused, and not replaced, if the file has ${JSON.stringify(text)}`, async () => {
      await new LinkKey(folder).get();
      await writeFile(join(folder, "link.key"), text);
      await assert.rejects(new LinkKey(folder).get(), { code: "CONFIGURATION_ERROR", message: /no valid key.*remove/ });
      assert.equal(await readFile(join(folder, "link.key"), "utf8"), text);
    });
  }

  it("is not replaced if it cannot be read", async function () {
    if (process.platform === "win32" || process.getuid?.() === 0) this.skip();
    await new LinkKey(folder).get();
    await chmod(join(folder, "link.key"), 0o000);
    await assert.rejects(new LinkKey(folder).get(), { code: "CONFIGURATION_ERROR", message: /EACCES/ });
  });
});
