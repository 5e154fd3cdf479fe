import assert from "node:assert/strict";
import type { AccessStorage } from "../../../../src/access/accessFile.ts";
import { AccessStore } from "../../../../src/access/accessStore.ts";
import { DisposableStore, toDisposable } from "../../../../src/base/disposables.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { noAudit } from "../../../../src/core/access/audit.ts";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { ChatToken } from "../../../../src/host/mcp/chatToken.ts";
import { MemoryAccess } from "../../../support/memoryAccess.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { FakeSecrets } from "../../hosting/tokens/fakeSecrets.ts";

const DAY_MS = 24 * 3_600_000;
const name = "Chat of Test Code";
const denied = { code: "ACCESS_DENIED" };

/** The state that an extension keeps, shared by its windows. */
class FakeState {
  readonly values = new Map<string, unknown>();

  get(key: string): unknown {
    return this.values.get(key);
  }

  async update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
  }
}

/** The parts of a storage, of which a test replaces some. */
function storageParts(storage: MemoryAccess): AccessStorage {
  return {
    path: storage.path,
    stamp: () => storage.stamp(),
    read: () => storage.read(),
    change: (edit) => storage.change(edit),
    watch: (look) => storage.watch(look),
  };
}

describe("The token of the editor's chat", () => {
  let disposables: DisposableStore;
  let storage: MemoryAccess;
  let secrets: FakeSecrets;
  let state: FakeState;

  beforeEach(() => {
    disposables = new DisposableStore();
    storage = new MemoryAccess();
    secrets = new FakeSecrets();
    state = new FakeState();
  });

  afterEach(() => disposables.dispose());

  /** One window, with its own view of what all windows share. */
  async function openWindow(keepsSecrets = true): Promise<{ store: AccessStore; token: ChatToken }> {
    const store = disposables.add(new AccessStore({ storage, audit: noAudit, logger: silentLogger }));
    await store.ready;
    return { store, token: disposables.add(new ChatToken({ store, secrets, state }, { name, keepsSecrets })) };
  }

  it("is made on first use, with the least scopes, and is listed like any other", async () => {
    const { store, token } = await openWindow();
    assert.equal(await token.isAvailable(), true);
    assert.deepEqual(store.list(), []);
    const text = await token.get();
    const [client, ...others] = store.list();
    assert.deepEqual(others, []);
    assert.deepEqual(
      [client?.name, client?.kind, client?.scopes, client?.expiresAt, client?.via],
      [name, "client", ["status:read", "commands:run", "agents:prompt"], undefined, "editor"],
    );
    const principal = store.authenticate(text);
    assert.equal(principal?.id, client?.id);
    assert.equal(principal?.scopes.has("inputs:answer:own"), false);
    assert.equal(principal?.scopes.has("access:manage"), false);
  });

  it("is the same in all windows and after a restart", async () => {
    const first = await openWindow();
    const second = await openWindow();
    const [one, two] = await Promise.all([first.token.get(), first.token.get()]);
    assert.equal(one, two);
    await until(() => second.store.list().length === 1);
    assert.equal(await second.token.get(), one);
    await disposables.dispose();
    disposables = new DisposableStore();
    const later = await openWindow();
    assert.equal(await later.token.get(), one);
    assert.equal(later.store.list().length, 1);
  });

  it("is not taken for revoked in a window that has not yet noticed the new client", async () => {
    const blind = { ...storageParts(storage), watch: () => toDisposable(() => undefined) };
    const store = disposables.add(new AccessStore({ storage: blind, audit: noAudit, logger: silentLogger }));
    const other = disposables.add(new ChatToken({ store, secrets, state }, { name, keepsSecrets: true }));
    assert.equal(await other.isAvailable(), true);
    const text = await (await openWindow()).token.get();
    assert.deepEqual([await other.isAvailable(), await other.get()], [true, text]);
  });

  it("is not made again after it was revoked, in no window, until the user asks for it", async () => {
    const { store, token } = await openWindow();
    const other = await openWindow();
    const text = await token.get();
    await until(() => other.store.list().length === 1);
    assert.equal(await other.token.isAvailable(), true);
    let changes = 0;
    other.token.onDidChange(() => changes++);
    await store.revoke(store.list()[0]?.id ?? "", editorUser);
    assert.deepEqual([await token.isAvailable(), await token.wasRevoked()], [false, true]);
    await assert.rejects(token.get(), denied);
    await until(() => other.store.list().length === 0);
    assert.equal(await other.token.isAvailable(), false);
    assert.ok(changes > 0);
    const { token: later } = await openWindow();
    await assert.rejects(later.get(), denied);
    assert.equal(storage.text?.includes(name), false);
    await later.renew();
    assert.deepEqual([await later.isAvailable(), await later.wasRevoked()], [true, false]);
    const next = await later.get();
    assert.notEqual(next, text);
    assert.deepEqual([await token.isAvailable(), await token.get()], [true, next]);
  });

  it("is not made again if it was revoked while no window was open", async () => {
    await (await openWindow()).token.get();
    await disposables.dispose();
    disposables = new DisposableStore();
    storage.text = undefined;
    const { token } = await openWindow();
    assert.equal(await token.isAvailable(), false);
    await token.renew();
    assert.equal(await token.isAvailable(), true);
  });

  it("is not taken for revoked while the list of clients cannot be read", async () => {
    const { store, token } = await openWindow();
    const text = await token.get();
    const good = storage.text;
    storage.text = "{";
    await until(() => store.problem !== undefined);
    assert.equal(await token.isAvailable(), false);
    storage.text = good;
    await until(() => store.problem === undefined);
    assert.deepEqual([await token.isAvailable(), await token.get()], [true, text]);
  });

  describe("in an editor that keeps no secrets", () => {
    let clock: TestClock;

    beforeEach(() => {
      clock = TestClock.stopped();
    });

    afterEach(() => clock.release());

    it("is in the memory of its window, and ends with its bridge", async () => {
      const { store, token } = await openWindow(false);
      await token.get();
      assert.deepEqual([...secrets.values], []);
      await token.dispose();
      assert.deepEqual(store.list(), []);
      assert.equal(await (await openWindow(false)).token.isAvailable(), true);
    });

    it("ends after a day, and another one is made", async () => {
      const { store, token } = await openWindow(false);
      const text = await token.get();
      let changes = 0;
      token.onDidChange(() => changes++);
      clock.pass(DAY_MS);
      assert.deepEqual(store.list(), []);
      assert.notEqual(await token.get(), text);
      assert.deepEqual([changes, token.generation], [1, 1]);
    });
  });
});
