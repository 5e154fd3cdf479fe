import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { ListedRun } from "../../../../src/core/runArchive.ts";
import type { ObjectPage, ObjectStore } from "../../../../src/exports/archive/objectStore.ts";
import { runArchive } from "../../../../src/exports/archive/runArchive.ts";
import { DeliveryFailure } from "../../../../src/exports/delivery/destination.ts";
import { MAX_RUN_BYTES } from "../../../../src/protocol/runExport.ts";
import { contents, exportedRun, RUN_ID, RUN_KEY } from "../../../support/exports/archivedRuns.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const { signal } = new AbortController();
const DAY = "2026-11-28";
const idOf = (at: number) => `exec-${Date.UTC(2026, 10, 28) + at}-1-a`;
const sized = (executionId: string, size?: number): ListedRun => ({ executionId, day: DAY, queuedAt: 0, size });
const denied = new DeliveryFailure("blocked", "The bucket 'runs' has refused the key.");

/** A store with what it is given. */
class FixedStore implements ObjectStore {
  readonly place = "The bucket 'runs'";
  readonly objects = new Map<string, Buffer>();
  /** Keys that were read, with the limits of their sizes. */
  readonly gets: [string, number][] = [];
  /** Returns a page by its number. */
  page: (at: number) => ObjectPage = () => ({ folders: [], objects: [], next: undefined });
  lists = 0;
  onGet: (key: string, signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  put(): Promise<"written"> {
    return Promise.resolve("written");
  }

  async get(key: string, maxBytes: number, limit: AbortSignal): Promise<Buffer | undefined> {
    this.gets.push([key, maxBytes]);
    await this.onGet(key, limit);
    return this.objects.get(key);
  }

  list(): Promise<ObjectPage> {
    return Promise.resolve(this.page(this.lists++));
  }

  dispose(): void {
    this.objects.clear();
  }
}

describe("The reader of an archive", () => {
  let store: FixedStore;
  let clock: TestClock | undefined;
  beforeEach(() => void (store = new FixedStore()));
  afterEach(() => {
    clock?.release();
    clock = undefined;
  });

  it("lists the newest runs of a day, although stores list the oldest ones first", async () => {
    store.page = (at) => ({
      folders: [`${DAY}/deeper/`],
      objects: [
        { key: `${DAY}/notes.txt`, size: 1 },
        ...Array.from({ length: 1000 }, (_, number) => ({ key: `${DAY}/${idOf(at * 1000 + number)}.json`, size: 7 })),
      ],
      next: at < 2 ? "more" : undefined,
    });
    const runs = await runArchive(store, "").runs(DAY, signal);
    const [first] = runs;
    assert.deepEqual(first, { ...sized(idOf(2999), 7), queuedAt: Date.UTC(2026, 10, 28) + 2999 });
    assert.deepEqual([runs.length, runs.at(-1)?.executionId], [1000, idOf(2000)]);
  });

  it("says that a list is too long, instead of leaving out the newest", async () => {
    store.page = () => ({ folders: [], objects: [], next: "more" });
    const sentence = /^The bucket 'runs' has too many objects below '2026-11-28\/' to be listed\. Enter the ID/;
    await failsWith("refused", runArchive(store, "").runs(DAY, signal), sentence);
    assert.equal(store.lists, 100);
  });

  it("tells an object that is too large from a damaged one, and from one that is not a run", async () => {
    const archive = runArchive(store, "");
    const bomb = gzipSync(Buffer.alloc(MAX_RUN_BYTES + 1));
    const whole = gzipSync(JSON.stringify(exportedRun()));
    const read = (bytes: Buffer) => {
      store.objects.set(RUN_KEY, bytes);
      return archive.read(RUN_ID, signal);
    };
    assert.deepEqual(await read(whole), exportedRun());
    const key = `^The bucket 'runs' has an object '${RUN_KEY}' that is`;
    await failsWith("refused", read(bomb), new RegExp(`${key} too large\\.`));
    await failsWith("refused", read(whole.subarray(0, -20)), new RegExp(`${key} damaged\\.`));
    const other = /that is not a run of Kiro Bridge, or only a part of one\.$/;
    await failsWith("refused", read(Buffer.from(JSON.stringify(exportedRun()).slice(0, -9))), other);
    await failsWith("refused", read(Buffer.from(JSON.stringify({ ...exportedRun(), formatVersion: 2 }))), other);
    assert.deepEqual(store.gets[0], [RUN_KEY, MAX_RUN_BYTES]);
  });

  it("reads heads of small runs, compressed or not, and leaves out what is no run", async () => {
    const [small, packed, other, gone] = [idOf(1), idOf(2), idOf(3), idOf(4)];
    const put = (id: string, bytes: Buffer) => store.objects.set(`a/${DAY}/${id}.json`, bytes);
    put(small, Buffer.from(JSON.stringify(exportedRun(small))));
    put(packed, gzipSync(JSON.stringify(exportedRun(packed))));
    put(other, Buffer.from("{}"));
    const runs = [sized(small, 9), sized(packed), sized(other), sized(gone)];
    const heads = await runArchive(store, "a").heads([sized(idOf(5), 300_000), ...runs], signal);
    const head = { command: contents.all, status: "completed" };
    assert.deepEqual(Object.fromEntries(heads), { [small]: head, [packed]: head });
    assert.ok(store.gets.every(([key, max]) => key !== `a/${DAY}/${idOf(5)}.json` && max === 256 * 1024));
  });

  it("asks for no more heads when the store refuses to give the first, and for a hundred at most", async () => {
    const runs = Array.from({ length: 300 }, (_, at) => sized(idOf(at)));
    const archive = runArchive(store, "");
    assert.equal((await archive.heads(runs, signal)).size, 0);
    assert.equal(store.gets.length, 100);
    store.gets.length = 0;
    store.onGet = () => Promise.reject(denied);
    assert.equal((await archive.heads(runs, signal)).size, 0);
    assert.ok(store.gets.length <= 6, `${store.gets.length} requests`);
  });

  it("gives up a store that does not answer, and says so", async () => {
    clock = TestClock.stopped();
    store.onGet = (_key, limit) =>
      new Promise((_resolve, reject) => limit.addEventListener("abort", () => reject(limit.reason)));
    const read = runArchive(store, "").read(RUN_ID, signal);
    await until(() => store.gets.length === 1, "the request");
    clock.pass(90_000);
    await failsWith("passing", read, /^The bucket 'runs' did not answer within 90 seconds\.$/);
  });

  it("goes on without heads of a store that does not answer, and ends at once when it is cancelled", async () => {
    clock = TestClock.stopped();
    store.onGet = (_key, limit) =>
      new Promise((_resolve, reject) => limit.addEventListener("abort", () => reject(limit.reason)));
    const archive = runArchive(store, "");
    const late = archive.heads([sized(idOf(1))], signal);
    await until(() => store.gets.length === 1, "the request");
    clock.pass(10_000);
    assert.equal((await late).size, 0);
    const cancel = new AbortController();
    const cancelled = archive.heads([sized(idOf(1))], cancel.signal);
    cancel.abort(new Error("cancelled"));
    await assert.rejects(cancelled, /cancelled/);
  });
});
