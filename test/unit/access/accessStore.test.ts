import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { AccessFile, type AccessStorage } from "../../../src/access/accessFile.ts";
import { AccessStore, MAX_CLIENTS } from "../../../src/access/accessStore.ts";
import type { Grant, NewClient } from "../../../src/access/grant.ts";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { type Logger, silentLogger } from "../../../src/base/logger.ts";
import { type AuditEntry, noAudit } from "../../../src/core/access/audit.ts";
import { editorUser, type Principal } from "../../../src/core/access/principal.ts";
import { MemoryAccess } from "../../support/memoryAccess.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { until } from "../../support/until.ts";

const grant: Grant = { name: "CI", kind: "client", scopes: ["status:read", "commands:run"], by: editorUser };

describe("The clients that were let in", function () {
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

  it("are found by their tokens, with what they were granted", async () => {
    const store = await openStore();
    const { token, client } = await store.create({ ...grant, commands: { allow: ["test.*"] }, limits: { queued: 2 } });
    assert.match(token, /^kbt_[a-z\d]{12}_[\w-]{43}$/);
    const principal = store.authenticate(token);
    assert.deepEqual(
      [principal?.id, principal?.name, principal?.kind, principal?.isActive],
      [client.id, "CI", "client", true],
    );
    assert.deepEqual(principal?.scopes.granted, grant.scopes);
    assert.deepEqual([principal?.commands, principal?.limits], [{ allow: ["test.*"] }, { queued: 2 }]);
    assert.deepEqual(client.grantedBy, { id: "owner", name: "Owner", kind: "owner" });
  });

  it("are not found by anything that resembles their token", async () => {
    const store = await openStore();
    const { token, client } = await store.create(grant);
    const other = await store.create(grant);
    const others = [
      "",
      "kbt_",
      token.slice(1),
      token.slice(0, -1),
      `${token}x`,
      token.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
      token.replace(client.id, other.client.id),
      token.toUpperCase(),
      `${token.slice(0, 17)}${"é".repeat(43)}`,
    ];
    const found = () => others.map((text) => store.authenticate(text));
    const nobody = others.map(() => undefined);
    assert.deepEqual(found(), nobody);
    // Nor after the right one was presented, which is then compared without a hash.
    for (const round of [1, 2]) assert.equal(store.authenticate(token)?.id, client.id, String(round));
    assert.deepEqual(found(), nobody);
  });

  it("are stored without their tokens, in a file of this user only", async () => {
    const store = await openStore();
    const { token, client } = await store.create(grant);
    const text = await readFile(path, "utf8");
    assert.ok(text.includes(client.id));
    assert.ok(!text.includes(token.slice(17)));
    assert.ok(!JSON.stringify(store.list()).match(/salt|hash/));
    if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("are known to a window that starts later", async () => {
    const { token, client } = await (await openStore()).create(grant);
    const later = await openStore();
    assert.equal(later.authenticate(token)?.id, client.id);
  });

  it("end at once where they are revoked, before the file has changed", async () => {
    const store = await openStore();
    const { token, client } = await store.create(grant);
    const principal = store.authenticate(token);
    const ended: Principal[] = [];
    store.onDidEnd((one) => ended.push(one));
    const revoked = store.revoke(client.id, editorUser);
    assert.deepEqual([store.authenticate(token), principal?.isActive], [undefined, false]);
    assert.deepEqual(ended, [principal]);
    assert.equal(await revoked, true);
    assert.deepEqual(await idsIn(), []);
    assert.equal(await store.revoke(client.id, editorUser), false);
  });

  it("end in the other windows as soon as the file has changed", async () => {
    const [one, other] = [await openStore(), await openStore()];
    const { token, client } = await one.create(grant);
    await until(() => other.authenticate(token) !== undefined);
    const principal = other.authenticate(token);
    const ended = new Promise<Principal>((resolve) => disposables.add(other.onDidEnd(resolve)));
    await one.revoke(client.id, editorUser);
    assert.equal(await ended, principal);
    assert.deepEqual([other.authenticate(token), principal?.isActive], [undefined, false]);
  });

  it("all end if two windows revoke different ones at once", async () => {
    const [one, other] = [await openStore(), await openStore()];
    const made: NewClient[] = [];
    for (let count = 0; count < 6; count++) made.push(await one.create(grant));
    await until(() => other.list().length === 6);
    const ids = made.map(({ client }) => client.id);
    const revoked = await Promise.all(ids.map((id, index) => (index % 2 === 0 ? one : other).revoke(id, editorUser)));
    assert.deepEqual(
      revoked,
      ids.map(() => true),
    );
    assert.deepEqual(await idsIn(), []);
    await until(() => one.list().length === 0 && other.list().length === 0);
  });

  it("all end if two processes revoke them at once, also the same one", async () => {
    const store = await openStore();
    const made: NewClient[] = [];
    for (let count = 0; count < 9; count++) made.push(await store.create(grant));
    const ids = made.map(({ client }) => client.id);
    const windows = [0, 1].map(() => fork(join(import.meta.dirname, "storeProcess.ts"), [folder]));
    try {
      const found = await Promise.all(windows.map((child) => once(child, "message")));
      assert.deepEqual(
        found.map(([list]) => list),
        [ids, ids],
      );
      const answers = Promise.all(windows.map((child) => once(child, "message")));
      for (const [index, child] of windows.entries()) child.send(ids.slice(index * 4, index * 4 + 5));
      for (const [answer] of await answers) assert.ok(Array.isArray(answer), String(answer));
      assert.deepEqual(await idsIn(), []);
      await until(() => made.every(({ token }) => store.authenticate(token) === undefined));
    } finally {
      for (const child of windows) child.kill("SIGKILL");
    }
  });

  it("number 200 at most", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    for (let count = 0; count < MAX_CLIENTS; count++) await store.create(grant);
    await assert.rejects(store.create(grant), { code: "RATE_LIMIT_EXCEEDED", context: { limit: 200, active: 200 } });
    await store.revoke(store.list()[0]?.id ?? "", editorUser);
    await store.create(grant);
  });

  it("have their last use written at the end, and by the next change", async () => {
    const storage = new MemoryAccess();
    const store = new AccessStore({ storage, audit: noAudit, logger });
    const { token } = await store.create(grant);
    const { text } = storage;
    store.authenticate(token);
    assert.equal(storage.text, text);
    assert.ok(store.list()[0]?.lastUsedAt !== undefined);
    await store.dispose();
    const later = await openStore(storage);
    assert.ok(later.list()[0]?.lastUsedAt !== undefined);
  });

  it("are noted in the audit log with the one who let them in or out", async () => {
    const entries: AuditEntry[] = [];
    const store = await openStore(undefined, { note: (entry) => entries.push(entry) });
    const { client } = await store.create(grant);
    await store.revoke(client.id, editorUser);
    const about = { client: { id: client.id, name: "CI", kind: "client" }, scopes: grant.scopes, by: editorUser };
    assert.deepEqual(entries, [
      { kind: "client-created", ...about, expiresAt: undefined },
      { kind: "client-revoked", ...about },
    ]);
  });
});
