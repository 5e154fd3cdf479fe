import assert from "node:assert/strict";
import * as fc from "fast-check";
import { DeliveryFailure } from "../../../../src/exports/delivery/destination.ts";
import { NewestWins, type StoredItem, type VersionedItems } from "../../../../src/exports/records/newestWins.ts";
import { testRecord, type RunRecord } from "../../../../src/exports/records/runRecord.ts";

/** A store in memory, which counts calls. */
class MemoryItems implements VersionedItems {
  readonly place = "The store";
  readonly items = new Map<string, StoredItem>();
  readonly calls: string[] = [];
  tellsVersions = true;
  /** Called before each write reaches the items. */
  before: () => void = () => undefined;
  #versions = 0;

  create(record: RunRecord) {
    this.calls.push("create");
    this.before();
    return Promise.resolve(this.items.has(record.id) ? ("changed" as const) : this.put(record));
  }

  replace(record: RunRecord, version: string) {
    this.calls.push("replace");
    this.before();
    const isSame = this.items.get(record.id)?.version === version;
    return Promise.resolve(isSame ? this.put(record) : ("changed" as const));
  }

  read({ id }: RunRecord) {
    this.calls.push("read");
    return Promise.resolve(this.items.get(id));
  }

  dispose(): void {
    this.calls.push("dispose");
  }

  put({ id, sequence }: Pick<RunRecord, "id" | "sequence">) {
    const version = String(++this.#versions);
    this.items.set(id, { sequence, version });
    return { version: this.tellsVersions ? version : undefined };
  }
}

const recordWith = (sequence: number, changes: Partial<RunRecord> = {}): RunRecord => ({
  ...testRecord("w1", 0, undefined),
  id: "exec-1",
  sequence,
  isFinal: false,
  ...changes,
});
const { signal } = new AbortController();

describe("Newest wins", () => {
  it("creates an item, and replaces it by newer ones in one call each", async () => {
    const items = new MemoryItems();
    const newest = new NewestWins(items);
    for (const sequence of [1, 2, 3]) assert.equal(await newest.write(recordWith(sequence), signal), "written");
    assert.deepEqual(items.calls, ["create", "replace", "replace"]);
    assert.equal(items.items.get("exec-1")?.sequence, 3);
  });

  it("keeps a newer item of another writer, and one of the same sequence", async () => {
    const items = new MemoryItems();
    items.put({ id: "exec-1", sequence: 5 });
    for (const sequence of [4, 5])
      assert.equal(await new NewestWins(items).write(recordWith(sequence), signal), "kept");
    assert.deepEqual(items.calls, ["create", "read", "create", "read"]);
    assert.equal(await new NewestWins(items).write(recordWith(6), signal), "written");
    assert.equal(items.items.get("exec-1")?.sequence, 6);
  });

  it("replaces an item that is not of the bridge", async () => {
    const items = new MemoryItems();
    items.items.set("exec-1", { sequence: undefined, version: "theirs" });
    assert.equal(await new NewestWins(items).write(recordWith(0), signal), "written");
    assert.equal(items.items.get("exec-1")?.sequence, 0);
  });

  it("creates an item again that was removed in the meantime", async () => {
    const items = new MemoryItems();
    const newest = new NewestWins(items);
    await newest.write(recordWith(1), signal);
    items.items.clear();
    assert.equal(await newest.write(recordWith(2), signal), "written");
    assert.deepEqual(items.calls, ["create", "replace", "read", "create"]);
  });

  it("reads an item whose version the store has not told", async () => {
    const items = new MemoryItems();
    items.tellsVersions = false;
    const newest = new NewestWins(items);
    await newest.write(recordWith(1), signal);
    await newest.write(recordWith(2), signal);
    assert.deepEqual(items.calls, ["create", "create", "read", "replace"]);
  });

  it("forgets the version of an item whose execution has ended", async () => {
    const items = new MemoryItems();
    const newest = new NewestWins(items);
    await newest.write(recordWith(1, { isFinal: true }), signal);
    await newest.write(recordWith(2), signal);
    assert.deepEqual(items.calls, ["create", "create", "read", "replace"]);
  });

  it("knows the versions of the last 2000 items only", async () => {
    const items = new MemoryItems();
    const newest = new NewestWins(items);
    for (let number = 0; number < 2001; number++) await newest.write(recordWith(1, { id: `exec-${number}` }), signal);
    items.calls.length = 0;
    await newest.write(recordWith(2, { id: "exec-2000" }), signal);
    await newest.write(recordWith(2, { id: "exec-0" }), signal);
    assert.deepEqual(items.calls, ["replace", "create", "read", "replace"]);
  });

  it("gives up for now on an item that changes all the time", async () => {
    const items = new MemoryItems();
    let sequence = -1000;
    items.before = () => items.put({ id: "exec-1", sequence: sequence++ });
    const failing = new NewestWins(items).write(recordWith(1), signal);
    await assert.rejects(failing, (error) => error instanceof DeliveryFailure && error.kind === "passing");
    assert.equal(items.calls.filter((call) => call !== "read").length, 6);
  });

  it("ends with the newest, in whatever order several windows write, whatever they have seen", async () => {
    const writes = fc.array(fc.record({ writer: fc.nat(2), sequence: fc.nat(9) }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(writes, async (all) => {
        const items = new MemoryItems();
        const writers = [0, 1, 2].map(() => new NewestWins(items));
        let highest = -1;
        for (const { writer, sequence } of all) {
          const outcome = await writers[writer]?.write(recordWith(sequence), signal);
          assert.equal(outcome, sequence > highest ? "written" : "kept");
          highest = Math.max(highest, sequence);
          assert.equal(items.items.get("exec-1")?.sequence, highest);
        }
      }),
    );
  });
});
