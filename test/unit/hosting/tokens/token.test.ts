import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { TokenStore } from "../../../../src/hosting/tokens/ownerTokens.ts";
import { TokenFile } from "../../../../src/windows/tokenFile.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { FakeSecrets } from "./fakeSecrets.ts";

const KEY = "kiroBridge.token";
const OLD = "earlier-0123456789-abcdefghijklmnopqrstuvwx";

describe("The token store", () => {
  let place: string;
  let folder: string;
  const stores: TokenStore[] = [];

  beforeEach(async () => {
    place = await temporaryFolder();
    folder = join(place, ".kiro-bridge");
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) store.dispose();
    await removeFolder(place);
  });

  function open(secrets = new FakeSecrets()): TokenStore {
    const store = new TokenStore({ file: new TokenFile(folder), secrets, logger: silentLogger });
    stores.push(store);
    return store;
  }

  const inFile = async (): Promise<string> => (await readFile(join(folder, "token"), "utf8")).trim();

  it("gives windows without shared secrets, as in a browser, the same token, also after a reload", async () => {
    const token = await open().get();
    assert.equal(await open().get(), token);
    assert.equal(await inFile(), token);
  });

  it("moves the token of an earlier version into the file, and keeps no copy", async () => {
    const secrets = new FakeSecrets();
    secrets.values.set(KEY, OLD);
    assert.equal(await open(secrets).get(), OLD);
    assert.equal(await inFile(), OLD);
    assert.equal(secrets.values.has(KEY), false);
  });

  it("does not restore a replaced token from the secrets of another editor", async () => {
    const token = await open().get();
    const secrets = new FakeSecrets();
    secrets.values.set(KEY, OLD);
    assert.equal(await open(secrets).get(), token);
    assert.equal(secrets.values.has(KEY), false);
  });

  it("replaces the token for all windows, and fires an event", async () => {
    const [one, other] = [open(), open()];
    const token = await one.get();
    let changes = 0;
    one.onDidChange(() => changes++);
    await one.rotate();
    assert.notEqual(await one.get(), token);
    assert.equal(await other.get(), await one.get());
    assert.ok(changes > 0);
    const next = await one.get();
    await other.rotate(token);
    assert.equal(await one.get(), next, "it has been replaced already");
  });

  it("writes the current token again when the file was removed", async () => {
    const store = open();
    const token = await store.get();
    await rm(folder, { recursive: true });
    assert.equal(await store.get(token), token);
    assert.equal(await inFile(), token);
  });

  describe("with a read-only folder", () => {
    beforeEach(() => writeFile(folder, "a file is in its place"));

    it("keeps the token in the editor's secrets, across windows and restarts", async () => {
      const secrets = new FakeSecrets();
      const one = open(secrets);
      const token = await one.get();
      assert.equal(await open(secrets).get(), token);
      assert.equal(secrets.values.get(KEY), token);
      let changes = 0;
      one.onDidChange(() => changes++);
      await open(secrets).rotate();
      assert.notEqual(await one.get(), token);
      assert.ok(changes > 0, "told by the secret storage");
    });

    it("moves to the file with the same token when it is writable", async () => {
      const secrets = new FakeSecrets();
      const store = open(secrets);
      const token = await store.get();
      await rm(folder);
      assert.equal(await store.get(token), token);
      assert.equal(await inFile(), token);
      assert.equal(secrets.values.has(KEY), false);
    });
  });

  it("reports that it cannot replace a token that others still read", async () => {
    const file = new TokenFile(folder);
    const token = await file.get();
    const readOnly = {
      read: () => file.read(),
      get: () => file.get(),
      replace: () => Promise.reject(new Error("EROFS")),
      removeUnused: () => Promise.reject(new Error("EROFS")),
    };
    const store = new TokenStore({ file: readOnly, secrets: new FakeSecrets(), logger: silentLogger });
    stores.push(store);
    await assert.rejects(store.rotate(), /EROFS/);
    assert.equal(await store.get(), token);
    // Not a reason for the bridge not to start.
    await store.forget();
  });
});
