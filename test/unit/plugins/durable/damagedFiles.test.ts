import assert from "node:assert/strict";
import { appendFile, mkdir, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeLine } from "../../../../src/core/sharedFolder/checkedLines.ts";
import { consumerOf, packetOf, Received } from "../../../support/plugins/durableMessages.ts";
import { DurableLogs, publish, receive } from "../../../support/plugins/durableLogs.ts";
import { fullFor } from "../../../support/plugins/faultyFolder.ts";
import { until } from "../../../support/until.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

const a = consumerOf("a");
const lost = /is lost|damaged/;

describe("DurableLog, with damaged files", () => {
  let logs: DurableLogs;

  beforeEach(async () => {
    logs = await DurableLogs.create();
  });
  afterEach(() => logs.dispose());

  /** Stores messages, and ends without a word, as after kill -9. */
  const storeAndCrash = async (...payloads: unknown[]): Promise<void> => {
    const log = logs.open();
    await log.declareConsumer(a);
    await publish(log, ...payloads);
  };

  it("cuts a line that was being written, and reports it", async () => {
    await storeAndCrash(1, 2);
    await appendFile(await logs.lastSegment(), '0badc0de {"type":"mess');
    assert.deepEqual(await receive(logs.open(), a).all(2), [1, 2]);
    assert.deepEqual(logs.warnings, ["The end of the log of durable messages was cut"]);
  });

  it("keeps every message before the end of its file, wherever that is", async () => {
    await storeAndCrash(1, 2, 3);
    const path = await logs.lastSegment();
    const { size } = await stat(path);
    const text = await readFile(path, "utf8");
    for (let end = size; end > 0; end -= 17) {
      const copy = await DurableLogs.create();
      try {
        await mkdir(copy.folder, { recursive: true });
        await writeFile(join(copy.folder, "1.ready"), "");
        await writeFile(join(copy.folder, "1-0.jsonl"), text);
        await truncate(join(copy.folder, "1-0.jsonl"), end);
        const whole = text.slice(0, end).split("\n").slice(0, -1);
        const stored = whole.filter((line) => line.includes('"message"')).length;
        const isKnown = whole.some((line) => line.includes('"consumer"') || line.includes('"name":"a"'));
        const log = copy.open();
        const received = receive(log, a);
        await log.declareConsumer(a);
        await publish(log, "next");
        const expected = isKnown ? [1, 2, 3].slice(0, stored) : [];
        assert.deepEqual(await received.all(expected.length + 1), [...expected, "next"], `cut at ${end}`);
      } finally {
        await copy.dispose();
      }
    }
  });

  it("orders the messages by their numbers, wherever compaction has written them", async () => {
    const consumers = [{ id: 1, name: "a", pattern: a.pattern, acked: 0, failures: [] }];
    const begin = { type: "begin", version: 1, consumers, letters: [], nextSeq: 1, nextConsumer: 2 };
    const messages = [3, 1, 2, 1].map((seq) => ({ type: "message", seq, message: packetOf({ payload: seq }).message }));
    await mkdir(logs.folder, { recursive: true });
    await writeFile(join(logs.folder, "4.ready"), "");
    await writeFile(join(logs.folder, "4-0.jsonl"), [begin, ...messages].map(encodeLine).join(""));
    const log = logs.open();
    await publish(log, 4);
    assert.deepEqual(await receive(log, a).all(4), [1, 2, 3, 4]);
  });

  it("skips a line that is not as it was written, and reports it", async () => {
    await storeAndCrash("one", "two", "three");
    const path = await logs.lastSegment();
    await writeFile(path, (await readFile(path, "utf8")).replace('"payload":"two"', '"payload":"tow"'));
    assert.deepEqual(await receive(logs.open(), a).all(2), ["one", "three"]);
    assert.deepEqual(logs.warnings, ["Lines of the log of durable messages are damaged"]);
  });

  it("skips a message whose line was damaged after it was opened, and reports it", async () => {
    await storeAndCrash("one", "two", "three");
    const log = logs.open();
    await log.declareConsumer(a);
    const path = await logs.lastSegment();
    const at = (await readFile(path, "latin1")).indexOf('"payload":"two"');
    const file = await open(path, "r+");
    await file.write(Buffer.from("XX"), 0, 2, at + 3);
    await file.close();
    assert.deepEqual(await receive(log, a).all(2), ["one", "three"]);
    assert.match(logs.warnings.join(), lost);
  });

  it("ignores other files, empty files, and files that are no text", async () => {
    await storeAndCrash(1);
    await writeFile(join(logs.folder, "notes.txt"), "mine");
    await writeFile(join(logs.folder, "1-98.jsonl"), "");
    await writeFile(join(logs.folder, "1-99.jsonl"), Buffer.from([0, 255, 10, 10, 254, 0, 10]));
    await mkdir(join(logs.folder, "7-0"));
    assert.deepEqual(await receive(logs.open(), a).all(1), [1]);
    assert.ok((await logs.names()).includes("notes.txt"));
  });

  it("lets only this user read its files", async () => {
    await storeAndCrash(1);
    if (process.platform === "win32") return;
    assert.equal((await stat(logs.folder)).mode & 0o777, 0o700);
    for (const name of await logs.names()) assert.equal((await stat(join(logs.folder, name))).mode & 0o777, 0o600);
  });

  it("creates no files while nothing is durable", async () => {
    const log = logs.open();
    await until(() => !log.isDurable("plugin/publisher/events"));
    await assert.rejects(stat(logs.folder), { code: "ENOENT" });
  });

  it("rejects publishers while the disk is full, and loses nothing", async () => {
    const log = logs.open();
    const received = receive(log, a);
    await publish(log, 1);
    log.files.before = fullFor("append");
    const repeated = packetOf({ messageId: "m", payload: 2 });
    await assert.rejects(log.append(repeated), {
      code: "KIRO_UNAVAILABLE",
      message: "Durable messages cannot be stored: the disk is full.",
    });
    await assert.rejects(log.append(repeated), { code: "KIRO_UNAVAILABLE" });
    log.files.before = undefined;
    await log.append(repeated);
    await publish(log, 3);
    assert.deepEqual(await received.all(3), [1, 2, 3]);
    const names = await logs.segments();
    assert.ok(names.length <= 2, names.join());
    assert.deepEqual(logs.warnings, ["Durable messages could not be written"]);
  });

  it("keeps an acknowledgement that could not be written until the disk has room", async () => {
    const log = logs.open();
    await log.declareConsumer(a);
    await publish(log, 1, 2);
    log.files.before = fullFor("append");
    await receive(log, a).all(2);
    await assert.rejects(publish(log, 3));
    log.files.before = undefined;
    await publish(log, 4);
    await log.dispose();
    const next = logs.open();
    const received = receive(next, a);
    await publish(next, 5);
    assert.equal((await received.all(1)).at(-1), 5);
  });

  it("stores a message once that the disk did not confirm, and that was published again", async () => {
    const log = logs.open();
    await log.declareConsumer(a);
    await publish(log, "early");
    log.files.before = fullFor("sync");
    const repeated = packetOf({ messageId: "m", payload: "once" });
    await assert.rejects(log.append(repeated), { code: "KIRO_UNAVAILABLE" });
    log.files.before = undefined;
    await publish(log, "before");
    await log.append(repeated);
    assert.equal((await logs.text()).split('"payload":"once"').length - 1, 2, "the disk has both");
    const next = logs.open();
    const received = receive(next, a);
    await publish(next, "last");
    assert.deepEqual(await received.all(4), ["early", "before", "once", "last"]);
  });

  it("refuses durable messages while the folder cannot be used, and opens the log later", async () => {
    const clock = new ManualClock();
    await mkdir(join(logs.folder, ".."), { recursive: true });
    await writeFile(logs.folder, "a file in place of the folder");
    const log = logs.open({ clock });
    const received = new Received();
    log.consume(a, received.take);
    await assert.rejects(publish(log, 1), { code: "KIRO_UNAVAILABLE", message: /Durable messages cannot be stored/ });
    assert.equal(log.isDurable("plugin/publisher/events"), true);
    assert.equal(log.isDurable("plugin/other/events"), false);
    await rm(logs.folder);
    await clock.pass(5000);
    await publish(log, 2);
    assert.deepEqual(await received.all(1), [2]);
  });

  it("orders messages by their arrival when the clock is set back by an hour", async () => {
    const { now } = Date;
    const log = logs.open();
    await log.declareConsumer(a);
    await publish(log, 1);
    try {
      Date.now = () => now() - 3_600_000;
      await publish(log, 2);
      const failing = log.consume(a, () => Promise.reject(new Error("not yet")));
      await until(() => log.consumers[0]?.waiting === 2);
      await failing.dispose();
      const next = logs.open();
      await publish(next, 3);
      assert.deepEqual(await receive(next, a).all(3), [1, 2, 3]);
    } finally {
      Date.now = now;
    }
  });
});
