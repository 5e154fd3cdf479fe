import assert from "node:assert/strict";
import { rename, rm, stat, symlink } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { idsOf, Outboxes, readAll, summary } from "../../../support/exports/outboxes.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";
import { until } from "../../../support/until.ts";

describe("The outbox", () => {
  let outboxes: Outboxes;

  beforeEach(async () => {
    outboxes = await Outboxes.create();
  });
  afterEach(() => outboxes.dispose());

  it("gives each reader the facts that it wants, in order, once", async () => {
    const outbox = await outboxes.open();
    const every = await outboxes.reader(outbox, "every");
    const ends = await outboxes.reader(outbox, "ends", { wants: ({ event }) => event.type === "command-completed" });
    const facts = [
      outboxes.start(outbox, "a"),
      outboxes.start(outbox, "b"),
      outboxes.end(outbox, "b"),
      outboxes.end(outbox, "a"),
    ];
    assert.deepEqual(idsOf(await readAll(every)), idsOf(facts));
    assert.deepEqual(idsOf(await readAll(ends)), idsOf(facts.slice(2)));
    assert.deepEqual(await readAll(every), []);
    assert.equal(every.lag.facts, 4);
    assert.equal(ends.lag.facts, 2);
  });

  it("reads within limits, but at least one fact", async () => {
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    for (let at = 0; at < 5; at++) outboxes.end(outbox, `run-${at}`, "x".repeat(1000));
    assert.equal((await reader.next({ maxFacts: 2, maxLength: 1_000_000 })).length, 2);
    assert.equal((await reader.next({ maxFacts: 10, maxLength: 1 })).length, 1);
    assert.equal((await reader.next({ maxFacts: 10, maxLength: 1_000_000 })).length, 2);
  });

  it("writes an urgent fact, and those of its run before it, before the call returns", async () => {
    const outbox = await outboxes.open("w1", { clock: new ManualClock() });
    const reader = await outboxes.reader(outbox);
    for (const id of ["a", "b"]) {
      const started = { type: "command-started" as const, executionId: id, command: "test.echo", args: [] };
      outboxes.offer(outbox, started, summary(id), false);
    }
    outboxes.end(outbox, "a");
    assert.deepEqual(
      (await readAll(reader)).map(({ event, run }) => [event.type, run?.executionId]),
      [
        ["command-started", "a"],
        ["command-completed", "a"],
      ],
    );
  });

  it("writes the others soon, and tells the reader", async () => {
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    const told = new Promise<void>((resolve) => void reader.onDidAdd(resolve));
    const fact = outboxes.offer(outbox, { type: "status-changed", status: "busy" }, undefined, false);
    assert.deepEqual(await readAll(reader), []);
    await told;
    assert.deepEqual(await readAll(reader), [fact]);
  });

  it("leaves out what only matters until the run has ended, if it has ended at once", async () => {
    const outbox = await outboxes.open();
    const latest = await outboxes.reader(outbox, "latest", { wantsLatestOnly: true });
    outboxes.offer(
      outbox,
      { type: "command-started", executionId: "a", command: "test.echo", args: [] },
      summary("a"),
      false,
    );
    const end = outboxes.end(outbox, "a");
    outboxes.offer(
      outbox,
      { type: "command-started", executionId: "b", command: "test.echo", args: [] },
      summary("b"),
      false,
    );
    outbox.flush();
    outboxes.end(outbox, "b");
    assert.deepEqual(
      (await readAll(latest)).map(({ id, run }) => (id === end.id ? "end of a" : run?.status)),
      ["end of a", "running", "completed"],
    );
  });

  it("writes nothing of a run that nobody wants, if it has ended at once", async () => {
    const outbox = await outboxes.open();
    await outboxes.reader(outbox, "none", { wants: () => false });
    outboxes.offer(
      outbox,
      { type: "command-started", executionId: "a", command: "test.echo", args: [] },
      summary("a"),
      false,
    );
    outboxes.end(outbox, "a");
    outbox.flush();
    assert.equal((await outboxes.files()).filter((path) => path.endsWith(".jsonl")).length, 0);
  });

  it("stores nothing that no reader wants and nobody needs", async () => {
    const outbox = await outboxes.open();
    await outboxes.reader(outbox, "none", { wants: () => false });
    outboxes.offer(outbox, { type: "status-changed", status: "busy" });
    assert.equal((await outboxes.files()).filter((path) => path.endsWith(".jsonl")).length, 0);
  });

  it("gives a reader only the content and steps of its level", async () => {
    const outbox = await outboxes.open();
    const none = await outboxes.reader(outbox, "none", { level: "none" });
    const output = await outboxes.reader(outbox, "output", { level: "output" });
    outboxes.start(outbox, "a");
    outboxes.end(outbox, "a", "the output");
    const [started, completed] = await readAll(none);
    assert.deepEqual(started?.event.type === "command-started" && started.event.args, []);
    assert.equal(completed?.event.type === "command-completed" && completed.event.output, "");
    const [, shown] = await readAll(output);
    assert.equal(shown?.event.type === "command-completed" && shown.event.output, "the output");
  });

  it("begins a new reader with the next fact", async () => {
    const outbox = await outboxes.open();
    outboxes.end(outbox, "before");
    const reader = await outboxes.reader(outbox);
    const fact = outboxes.end(outbox, "after");
    assert.deepEqual(idsOf(await readAll(reader)), [fact.id]);
  });

  it("lets a reader of the same name go on behind what was acknowledged", async () => {
    const outbox = await outboxes.open();
    const before = await outboxes.reader(outbox);
    const facts = ["a", "b", "c", "d"].map((id) => outboxes.end(outbox, id));
    const [a, b, c, d] = idsOf(facts);
    await readAll(before);
    before.ack([a ?? "", c ?? ""]);
    await before.dispose();
    const after = await outboxes.reader(outbox);
    assert.equal(after.lag.facts, 2);
    assert.deepEqual(idsOf(await readAll(after)), [b, d]);
  });

  it("forgets a reader that is removed", async () => {
    const outbox = await outboxes.open();
    const before = await outboxes.reader(outbox);
    outboxes.end(outbox, "a");
    await before.remove();
    const after = await outboxes.reader(outbox);
    assert.deepEqual(await readAll(after), []);
  });

  it("leaves nothing on the disk when the last reader was removed", async () => {
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    outboxes.end(outbox, "a");
    await reader.remove();
    await outboxes.close();
    assert.deepEqual(await outboxes.files(), []);
  });

  it("tells how far a reader is behind, and since when", async () => {
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    assert.deepEqual(reader.lag, { facts: 0, oldestAt: undefined });
    const first = outboxes.end(outbox, "a");
    const second = outboxes.end(outbox, "b");
    assert.deepEqual(reader.lag, { facts: 2, oldestAt: first.at });
    await readAll(reader);
    reader.ack([first.id]);
    assert.deepEqual(reader.lag, { facts: 1, oldestAt: second.at });
    reader.ack([second.id]);
    assert.deepEqual(reader.lag, { facts: 0, oldestAt: undefined });
  });

  it("removes the files that every reader has done", async () => {
    const outbox = await outboxes.open("w1", { segmentBytes: 2000 });
    const fast = await outboxes.reader(outbox, "fast");
    const slow = await outboxes.reader(outbox, "slow");
    for (let at = 0; at < 20; at++) outboxes.end(outbox, `run-${at}`, "x".repeat(500));
    const segments = async (): Promise<number> =>
      (await outboxes.files()).filter((path) => path.endsWith(".jsonl")).length;
    const all = await segments();
    assert.ok(all > 5);
    fast.ack(idsOf(await readAll(fast)));
    slow.ack(idsOf(await slow.next({ maxFacts: 10, maxLength: 1_000_000 })));
    await until(async () => (await segments()) < all);
    assert.ok((await segments()) > 1);
    slow.ack(idsOf(await readAll(slow)));
    await until(async () => (await segments()) === 1);
  });

  it("drops the oldest facts above its size, counts them and tells the reader", async () => {
    const outbox = await outboxes.open("w1", { segmentBytes: 2000, totalBytes: 8000 });
    const reader = await outboxes.reader(outbox);
    let told = 0;
    reader.onDidDrop((count) => {
      told += count;
    });
    for (let at = 0; at < 40; at++) outboxes.end(outbox, `run-${at}`, "x".repeat(500));
    await until(() => reader.dropped > 0);
    const facts = await readAll(reader);
    assert.equal(facts.length + reader.dropped, 40);
    assert.equal(told, reader.dropped);
    assert.equal(facts.at(-1)?.run?.executionId, "run-39");
  });

  it("loses nothing of a file that cannot be read for some time", async () => {
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    const fact = outboxes.end(outbox, "a");
    const [path = ""] = (await outboxes.files()).filter((file) => file.endsWith(".jsonl"));
    await rename(path, `${path}.kept`);
    await symlink(path, path);
    await assert.rejects(readAll(reader), { code: "ELOOP" });
    assert.deepEqual([reader.dropped, reader.lag.facts], [0, 1]);
    await rm(path);
    await rename(`${path}.kept`, path);
    assert.deepEqual(idsOf(await readAll(reader)), [fact.id]);
  });

  it("returns what it has read in front of a file that cannot be read", async () => {
    const outbox = await outboxes.open("w1", { segmentBytes: 1000 });
    const reader = await outboxes.reader(outbox);
    const facts = [1, 2, 3, 4].map((at) => outboxes.end(outbox, `run-${at}`, "x".repeat(500)));
    const path = (await outboxes.files()).filter((file) => file.endsWith(".jsonl")).toSorted()[1] ?? "";
    await rename(path, `${path}.kept`);
    await symlink(path, path);
    const limits = { maxFacts: 100, maxLength: 1_000_000 };
    const first = idsOf(await reader.next(limits));
    assert.deepEqual(first, idsOf(facts).slice(0, first.length));
    assert.ok(first.length > 0 && first.length < facts.length);
    await assert.rejects(reader.next(limits), { code: "ELOOP" });
    await rm(path);
    await rename(`${path}.kept`, path);
    assert.deepEqual([...first, ...idsOf(await readAll(reader))], idsOf(facts));
  });

  it("is read while it is written all the time", async () => {
    const outbox = await outboxes.open();
    const reader = await outboxes.reader(outbox);
    const fact = outboxes.end(outbox, "first");
    const read: string[] = [];
    void reader.next({ maxFacts: 1, maxLength: 1_000_000 }).then((facts) => read.push(...idsOf(facts)));
    for (let at = 0; at < 2000 && read.length === 0; at++) {
      outboxes.end(outbox, `run-${at}`);
      await setImmediate();
    }
    assert.deepEqual(read, [fact.id]);
  });

  it("is readable for this user alone", async () => {
    if (process.platform === "win32") return;
    const outbox = await outboxes.open();
    await outboxes.reader(outbox);
    outboxes.end(outbox, "a");
    for (const path of await outboxes.files()) assert.equal((await stat(path)).mode & 0o777, 0o600, path);
  });

  it("keeps what waits for a reader that has ended, for the next one of its name", async () => {
    const outbox = await outboxes.open();
    const other = await outboxes.reader(outbox, "other");
    const before = await outboxes.reader(outbox);
    const first = outboxes.end(outbox, "a");
    await before.dispose();
    const second = outboxes.end(outbox, "b");
    other.ack(idsOf(await readAll(other)));
    await other.dispose();
    const after = await outboxes.reader(outbox);
    assert.deepEqual(idsOf(await readAll(after)), idsOf([first, second]));
    await after.dispose();
    await outbox.dispose();
    const next = await outboxes.open();
    const last = await outboxes.reader(next);
    await next.adopt();
    assert.deepEqual(idsOf(await readAll(last)), idsOf([first, second]));
  });
});
