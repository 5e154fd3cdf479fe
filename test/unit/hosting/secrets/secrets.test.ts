import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { editorSecrets } from "../../../../src/host/secrets/editorSecrets.ts";
import type { NamedSecrets } from "../../../../src/hosting/secrets/namedSecrets.ts";
import { SecretFiles } from "../../../../src/hosting/secrets/secretFiles.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { until } from "../../../support/until.ts";
import { FakeSecrets } from "../tokens/fakeSecrets.ts";

const key = "sk-test-0123456789";

describe("The keys of engines", () => {
  let disposables: DisposableStore;
  let folder: string;

  beforeEach(async () => {
    disposables = new DisposableStore();
    folder = join(await temporaryFolder(), "keys");
  });

  afterEach(async () => {
    await disposables.dispose();
    await removeFolder(join(folder, ".."));
  });

  const openFiles = () => disposables.add(new SecretFiles(folder, silentLogger));

  /** Each place, with two windows that share it. */
  const places: Readonly<Record<string, () => readonly [NamedSecrets, NamedSecrets]>> = {
    "the secret storage": () => {
      const secrets = new FakeSecrets();
      return [editorSecrets(secrets, "keys."), editorSecrets(secrets, "keys.")];
    },
    files: () => [openFiles(), openFiles()],
  };

  for (const [place, open] of Object.entries(places)) {
    describe(`in ${place}`, () => {
      it("are stored, replaced and removed for each engine", async () => {
        const [keys, others] = open();
        assert.equal(await keys.read("openai"), undefined);
        await keys.store("openai", "first");
        await keys.store("azure", "other");
        await keys.store("openai", key);
        assert.equal(await others.read("openai"), key);
        assert.equal(await others.read("azure"), "other");
        await keys.remove("openai");
        await keys.remove("openai");
        assert.equal(await others.read("openai"), undefined);
        assert.equal(await others.read("azure"), "other");
      });

      it("tell all windows whose key has changed", async () => {
        const [keys, others] = open();
        const seen: string[] = [];
        disposables.add(others.onDidChange((id) => seen.push(id)));
        await keys.store("openai", key);
        await until(() => seen.includes("openai"), "the news of the key");
        await keys.remove("openai");
        await until(() => seen.length >= 2, "the news of its removal");
        assert.deepEqual(new Set(seen), new Set(["openai"]));
      });
    });
  }

  it("are in files that only this user can read, in a folder that only this user can open", async () => {
    const keys = openFiles();
    await keys.store("openai", key);
    const [name = "", ...others] = await readdir(folder);
    assert.deepEqual(others, []);
    assert.equal(await readFile(join(folder, name), "utf8"), key);
    if (process.platform === "win32") return;
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });

  it("stay in their folder, whatever an engine is called", async () => {
    const keys = openFiles();
    await keys.store("../escaped", key);
    assert.equal(await keys.read("../escaped"), key);
    assert.deepEqual(await readdir(join(folder, "..")), ["keys"]);
  });

  it("are not read from a file that cannot be a key", async () => {
    const keys = openFiles();
    await keys.store("openai", key);
    await writeFile(join(folder, "openai.key"), "x".repeat(100_000));
    await assert.rejects(keys.read("openai"), /too large/);
  });

  it("tell their own window at once, and do not tell of keys that were there before", async () => {
    await openFiles().store("before", key);
    const keys = openFiles();
    const seen: string[] = [];
    disposables.add(keys.onDidChange((id) => seen.push(id)));
    await keys.store("openai", key);
    assert.deepEqual(seen, ["openai"]);
    await keys.store("openai", key);
    assert.deepEqual(seen, ["openai"], "the same key again is no change");
  });
});
