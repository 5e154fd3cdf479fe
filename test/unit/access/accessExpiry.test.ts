import assert from "node:assert/strict";
import type { AccessStorage } from "../../../src/access/accessFile.ts";
import { AccessStore } from "../../../src/access/accessStore.ts";
import type { Grant } from "../../../src/access/grant.ts";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { type AuditEntry, noAudit } from "../../../src/core/access/audit.ts";
import { editorUser, type Principal } from "../../../src/core/access/principal.ts";
import { MemoryAccess } from "../../support/memoryAccess.ts";
import { TestClock } from "../../support/testClock.ts";
import { until } from "../../support/until.ts";

const HOUR_MS = 3_600_000;
const grant: Grant = { name: "CI", kind: "client", scopes: ["status:read", "commands:run"], by: editorUser };

const { now } = Date;

describe("The clients that were let in for a time", () => {
  let disposables: DisposableStore;
  let clock: TestClock;
  let aheadMs: number;

  beforeEach(() => {
    disposables = new DisposableStore();
    clock = TestClock.stopped();
    aheadMs = 0;
    Date.now = () => now() + aheadMs;
  });

  afterEach(async () => {
    Date.now = now;
    clock.release();
    await disposables.dispose();
  });

  async function openStore(storage: AccessStorage): Promise<AccessStore> {
    const store = disposables.add(new AccessStore({ storage, audit: noAudit, logger: silentLogger }));
    await store.ready;
    return store;
  }

  const untilIn1h = (): Grant => ({ ...grant, expiresAt: Date.now() + HOUR_MS });

  it("end when it is over, in the file as well", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    const { token } = await store.create(untilIn1h());
    const ended: Principal[] = [];
    store.onDidEnd((one) => ended.push(one));
    clock.pass(HOUR_MS - 1000);
    assert.equal(store.authenticate(token)?.isActive, true);
    clock.pass(1000);
    assert.deepEqual([store.authenticate(token), ended.length, store.list()], [undefined, 1, []]);
    await until(() => !storage.text?.includes("CI"));
  });

  it("stay alive no longer if the clock is set back", async () => {
    const store = await openStore(new MemoryAccess());
    const { token } = await store.create(untilIn1h());
    aheadMs = -10 * HOUR_MS;
    assert.equal(store.authenticate(token)?.isActive, true);
    clock.pass(HOUR_MS);
    assert.equal(store.authenticate(token), undefined);
  });

  it("do not come back with a clock that is set back, also after a restart", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    const { token } = await store.create(untilIn1h());
    const principal = store.authenticate(token);
    aheadMs = 2 * HOUR_MS;
    assert.equal(principal?.isActive, false);
    await store.create(grant);
    aheadMs = 0;
    assert.deepEqual([principal.isActive, store.authenticate(token)], [false, undefined]);
    const later = await openStore(storage);
    assert.equal(later.authenticate(token), undefined);
  });

  it("end by the wall clock as well, as after a suspension", async () => {
    const store = await openStore(new MemoryAccess());
    const { token } = await store.create(untilIn1h());
    aheadMs = HOUR_MS;
    assert.equal(store.authenticate(token), undefined);
  });

  it("have their first use written soon, and later ones every 10 minutes", async () => {
    const storage = new MemoryAccess();
    const store = await openStore(storage);
    const { token } = await store.create(grant);
    const written = () => /"lastUsedAt": "([^"]+)"/.exec(storage.text ?? "")?.[1];
    store.authenticate(token);
    storage.look();
    await until(() => written() !== undefined);
    const first = written();
    aheadMs = 9 * 60_000;
    store.authenticate(token);
    assert.notEqual(store.list()[0]?.lastUsedAt, first);
    storage.look();
    await store.create(untilIn1h());
    aheadMs = 20 * 60_000;
    store.authenticate(token);
    const second = written();
    storage.look();
    await until(() => written() !== second);
  });

  it("are noted in the audit log once when they expire, by the window that removes them", async () => {
    const storage = new MemoryAccess();
    const entries: AuditEntry[] = [];
    const audit = { note: (entry: AuditEntry) => entries.push(entry) };
    const [store] = [0, 1].map(() => disposables.add(new AccessStore({ storage, audit, logger: silentLogger })));
    assert.ok(store !== undefined);
    const { client } = await store.create(untilIn1h());
    aheadMs = HOUR_MS;
    clock.pass(HOUR_MS);
    await until(() => !storage.text?.includes("CI"));
    storage.look();
    await store.revoke(client.id, editorUser);
    const { id, name, kind } = client;
    const expired = { kind: "client-expired", client: { id, name, kind }, scopes: grant.scopes };
    assert.deepEqual(entries.slice(1), [expired]);
  });
});
