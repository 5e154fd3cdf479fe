import assert from "node:assert/strict";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newToken, TokenFile } from "../../../src/windows/tokenFile.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const SEED = "seed-0123456789-abcdefghijklmnopqrstuvwxyz";

describe("The file of the token", () => {
  let place: string;
  let folder: string;
  let file: TokenFile;

  beforeEach(async () => {
    place = await temporaryFolder();
    folder = join(place, ".kiro-bridge");
    file = new TokenFile(folder);
  });

  afterEach(() => removeFolder(place));

  it("is created on first use, for this user only, with 256 random bits", async () => {
    assert.equal(await file.read(), undefined);
    const token = await file.get();
    assert.match(token, /^[\w-]{43}$/);
    assert.notEqual(newToken(), newToken());
    assert.equal(await file.read(), token);
    assert.equal(await readFile(join(folder, "token"), "utf8"), `${token}\n`);
    if (process.platform === "win32") return;
    assert.equal((await stat(join(folder, "token"))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it("gives all windows one token, however many start together", async () => {
    const tokens = await Promise.all(Array.from({ length: 10 }, () => new TokenFile(folder).get()));
    assert.equal(new Set(tokens).size, 1);
    assert.deepEqual(await readdir(folder), ["token"]);
  });

  it("starts with the token of an earlier version, and does not return to it", async () => {
    assert.equal(await file.get(SEED), SEED);
    const next = await file.replace();
    assert.notEqual(next, SEED);
    assert.equal(await file.get(SEED), next);
  });

  it("is replaced once, however many windows request it", async () => {
    const old = await file.get();
    const tokens = await Promise.all(Array.from({ length: 5 }, () => new TokenFile(folder).replace(old)));
    assert.equal(new Set(tokens).size, 1);
    assert.notEqual(tokens[0], old);
    assert.equal(await file.replace(old), tokens[0]);
    assert.notEqual(await file.replace(), tokens[0]);
  });

  for (const text of ["", "short", "x".repeat(300), `${SEED} and more`, `${SEED}\u0000`]) {
    it(`does not accept ${JSON.stringify(text.slice(0, 50))} as a token`, async () => {
      await file.get();
      await writeFile(join(folder, "token"), text);
      assert.equal(await file.read(), undefined);
      assert.notEqual(await file.get(), text);
      assert.equal(await file.get("short"), await file.read());
    });
  }

  it("is not replaced if it cannot be read", async function () {
    if (process.platform === "win32" || process.getuid?.() === 0) this.skip();
    await file.get();
    await chmod(join(folder, "token"), 0o000);
    await assert.rejects(file.get(), { code: "EACCES" });
  });
});
