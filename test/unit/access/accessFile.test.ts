import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AccessFile, type AccessStorage } from "../../../src/access/accessFile.ts";
import { AccessStore } from "../../../src/access/accessStore.ts";
import type { Grant } from "../../../src/access/grant.ts";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { type Logger, silentLogger } from "../../../src/base/logger.ts";
import { noAudit } from "../../../src/core/access/audit.ts";
import { editorUser } from "../../../src/core/access/principal.ts";
import { MemoryAccess } from "../../support/memoryAccess.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { TestClock } from "../../support/testClock.ts";
import { until } from "../../support/until.ts";

const grant: Grant = { name: "CI", kind: "client", scopes: ["status:read", "commands:run"], by: editorUser };

describe("The file of the clients", function () {
  this.timeout(120_000);
  let disposables: DisposableStore;
  let folder: string;
  let path: string;
  const warnings: unknown[] = [];
  const logger: Logger = { ...silentLogger, warn: (_text, facts) => warnings.push(facts?.["problem"]) };

  beforeEach(async () => {
    folder = await temporaryFolder();
    path = join(folder, "access.json");
    disposables = new DisposableStore();
    warnings.length = 0;
  });

  afterEach(async () => {
    await disposables.dispose();
    await removeFolder(folder);
  });

  async function openStore(
    storage: AccessStorage = new AccessFile(folder, silentLogger),
    audit = noAudit,
  ): Promise<AccessStore> {
    const store = disposables.add(new AccessStore({ storage, audit, logger }));
    await store.ready;
    return store;
  }

  const idsIn = async (): Promise<string[]> => {
    const { clients } = JSON.parse(await readFile(path, "utf8"));
    return clients.map(({ id }: { id: string }) => id);
  };

  it("brings back no client that was revoked, if it is an older one", async () => {
    const store = await openStore();
    const { token, client } = await store.create(grant);
    const older = await readFile(path);
    await store.revoke(client.id, editorUser);
    await writeFile(path, older);
    // It is not only refused: its entry is removed again.
    await until(async () => (await idsIn()).length === 0);
    assert.equal(store.authenticate(token), undefined);
  });

  it("revokes the access of all clients by its removal", async () => {
    const store = await openStore();
    const { token } = await store.create(grant);
    const ended = new Promise((resolve) => disposables.add(store.onDidEnd(resolve)));
    await rm(path);
    await ended;
    assert.equal(store.authenticate(token), undefined);
  });

  it("does not hold up the stop of the bridge if it cannot be accessed", async () => {
    const storage = new MemoryAccess();
    storage.change = () => new Promise(() => undefined);
    const store = new AccessStore({ storage, audit: noAudit, logger: silentLogger });
    await store.ready;
    void store.create(grant);
    const clock = TestClock.stopped();
    try {
      const disposed = store.dispose();
      clock.pass(1000);
      await disposed;
    } finally {
      clock.release();
    }
  });

  it("admits nobody while it is broken, which is reported once, and is not overwritten", async () => {
    const store = await openStore();
    const { token } = await store.create(grant);
    const good = await readFile(path, "utf8");
    for (const broken of [
      good.slice(0, -20),
      "[]",
      '{"version":2,"writtenAt":"2026-01-01T00:00:00.000Z","clients":[]}',
    ]) {
      warnings.length = 0;
      await writeFile(path, broken);
      await until(() => warnings.length > 0);
      assert.match(store.problem ?? "", /access\.json cannot be used: .+delete it to revoke/);
      assert.equal(store.authenticate(token), undefined);
      await assert.rejects(store.create(grant), { code: "CONFIGURATION_ERROR" });
      assert.equal(await readFile(path, "utf8"), broken);
      assert.equal(warnings.length, 1);
      await writeFile(path, good);
      await until(() => store.authenticate(token) !== undefined);
      assert.equal(store.problem, undefined);
    }
  });

  it("admits nobody if it has one ID twice", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    const { token } = await store.create(grant);
    const content = JSON.parse(storage.text ?? "");
    storage.text = JSON.stringify({ ...content, clients: [...content.clients, ...content.clients] });
    await until(() => store.problem !== undefined);
    assert.equal(store.authenticate(token), undefined);
  });

  it("has no entry that imitates the owner", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    const { token } = await store.create(grant);
    const content = JSON.parse(storage.text ?? "");
    for (const change of [{ id: "owner" }, { kind: "owner" }, { hash: "short" }]) {
      storage.text = JSON.stringify({ ...content, clients: [{ ...content.clients[0], ...change }] });
      await until(() => store.list().length === 0);
      assert.equal(store.authenticate(token), undefined);
    }
  });

  it("gives a client a new principal if it grants something else, without scopes of later versions", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    const { token } = await store.create(grant);
    const before = store.authenticate(token);
    const content = JSON.parse(storage.text ?? "");
    const changed = { ...content.clients[0], scopes: ["status:read", "moon:land"], color: "red" };
    storage.text = JSON.stringify({ ...content, clients: [changed] });
    await until(() => before?.isActive === false);
    assert.deepEqual(store.authenticate(token)?.scopes.granted, ["status:read"]);
    await store.create(grant);
    const [kept] = JSON.parse(storage.text ?? "").clients;
    assert.deepEqual([kept.scopes, kept.color], [changed.scopes, "red"]);
  });

  it("loses a revoked client later, if it could not be written", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    const { token, client } = await store.create(grant);
    storage.refusal = new Error("the disk is full");
    await assert.rejects(store.revoke(client.id, editorUser), {
      code: "CONFIGURATION_ERROR",
      message: /the disk is full/,
    });
    assert.equal(store.authenticate(token), undefined);
    await assert.rejects(store.create(grant), { code: "CONFIGURATION_ERROR" });
    storage.refusal = undefined;
    storage.look();
    await until(() => storage.text?.includes(client.id) === false);
  });
});
