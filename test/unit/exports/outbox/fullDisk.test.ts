import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Outbox } from "../../../../src/exports/outbox/outbox.ts";
import type { OutboxReader } from "../../../../src/exports/outbox/outboxReader.ts";
import { decodeStored } from "../../../../src/exports/outbox/storedFact.ts";
import { idsOf, Outboxes, readAll } from "../../../support/exports/outboxes.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

describe("The outbox on a full disk", () => {
  let outboxes: Outboxes;
  let clock: ManualClock;
  let outbox: Outbox;
  let reader: OutboxReader;
  /** Number of bytes that still fit. */
  let room: number;
  let told: string[];

  beforeEach(async () => {
    outboxes = await Outboxes.create();
    clock = new ManualClock();
    room = Number.POSITIVE_INFINITY;
    told = [];
    const tell = (text: string): void => void told.push(text);
    outbox = await outboxes.open("w1", {
      clock,
      logger: { debug: tell, info: tell, warn: tell, error: tell },
      write: (file, bytes) => {
        if (room <= 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        const written = writeSync(file, bytes.subarray(0, Math.min(bytes.length, room)));
        room -= written;
        return written;
      },
    });
    reader = await outboxes.reader(outbox);
  });
  afterEach(() => outboxes.dispose());

  const segments = async (): Promise<string[]> => (await outboxes.files()).filter((path) => path.endsWith(".jsonl"));

  it("keeps the facts in memory, and writes them when there is room again", async () => {
    const before = outboxes.end(outbox, "before");
    room = 100;
    const during = [outboxes.end(outbox, "a"), outboxes.end(outbox, "b")];
    assert.deepEqual(idsOf(await readAll(reader)), [before.id]);
    await clock.pass(1000);
    assert.deepEqual(await readAll(reader), []);
    room = Number.POSITIVE_INFINITY;
    await clock.pass(1000);
    const after = outboxes.end(outbox, "after");
    assert.deepEqual(idsOf(await readAll(reader)), idsOf([...during, after]));
    assert.equal(reader.dropped, 0);
  });

  it("gives what waits to the reader that goes on in the place of another one", async () => {
    room = 0;
    const during = outboxes.end(outbox, "a");
    await reader.dispose();
    const next = await outboxes.reader(outbox);
    room = Number.POSITIVE_INFINITY;
    await clock.pass(1000);
    assert.deepEqual(idsOf(await readAll(next)), [during.id]);
  });

  it("tells it once, and when it is over", async () => {
    room = 0;
    outboxes.end(outbox, "a");
    outboxes.end(outbox, "b");
    await clock.pass(5000);
    room = Number.POSITIVE_INFINITY;
    await clock.pass(1000);
    assert.deepEqual(told, [
      "The outbox of exports could not be written",
      "The outbox of exports can be written again",
    ]);
  });

  it("leaves no parts of lines", async () => {
    outboxes.end(outbox, "before");
    for (const bytes of [1, 100, 500]) {
      room = bytes;
      outboxes.end(outbox, `run-${bytes}`);
      await clock.pass(1000);
      room = Number.POSITIVE_INFINITY;
      await clock.pass(1000);
    }
    for (const path of await segments()) {
      const lines = (await readFile(path, "utf8")).split("\n");
      assert.equal(lines.pop(), "");
      for (const line of lines) assert.notEqual(decodeStored(Buffer.from(line)), undefined);
    }
    assert.equal((await readAll(reader)).length, 4);
  });

  it("leaves no empty files", async () => {
    room = 0;
    outboxes.end(outbox, "a");
    await clock.pass(60_000);
    assert.deepEqual(await segments(), []);
  });

  it("drops the oldest facts above what may wait, and counts them", async () => {
    room = 0;
    const text = "x".repeat(1024 * 1024);
    for (let at = 0; at < 10; at++) outboxes.end(outbox, `run-${at}`, text);
    room = Number.POSITIVE_INFINITY;
    await clock.pass(1000);
    const facts = await readAll(reader);
    assert.equal(reader.dropped, 3);
    assert.deepEqual(
      facts.map(({ run }) => run?.executionId),
      ["run-3", "run-4", "run-5", "run-6", "run-7", "run-8", "run-9"],
    );
  });

  it("counts what cannot be written before a stop", async () => {
    room = 0;
    outboxes.end(outbox, "a");
    let lost = 0;
    reader.onDidDrop((count) => {
      lost += count;
    });
    await outbox.dispose();
    assert.equal(lost, 1);
  });
});

describe("A reader of the outbox that fails", () => {
  it("loses only its own facts", async () => {
    const outboxes = await Outboxes.create();
    const outbox = await outboxes.open();
    const failing = await outboxes.reader(outbox, "failing", {
      wants: () => {
        throw new Error("a bug");
      },
    });
    const other = await outboxes.reader(outbox, "other");
    const fact = outboxes.end(outbox, "a");
    assert.deepEqual(await readAll(failing), []);
    assert.deepEqual(idsOf(await readAll(other)), [fact.id]);
    await outboxes.dispose();
  });
});
