import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { KeyLedger, type LedgerStorage } from "../../../../src/windows/group/keyLedger.ts";
import { keyHash } from "../../../../src/windows/group/keyTable.ts";
import { LedgerFolder } from "../../../../src/windows/group/ledgerFolder.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const HOUR_MS = 60 * 60 * 1000;
const a = { pid: 11, started: "then" };
const b = { pid: 22 };
const key = (text: string, principalId = "owner") => ({ principalId, key: text });

describe("KeyLedger", () => {
  let folder: string;
  let clock: ManualClock;
  let now: number;
  let warnings: string[];

  beforeEach(async () => {
    folder = join(await temporaryFolder(), "keys");
    clock = new ManualClock();
    now = 1_000_000;
    warnings = [];
  });
  afterEach(() => removeFolder(join(folder, "..")));

  const ledgerOn = (storage: LedgerStorage | undefined, term = 1): KeyLedger => {
    const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    const ledger = new KeyLedger({ storage, clock, logger, now: () => now });
    ledger.begin(term);
    return ledger;
  };
  const ledgerOf = (term: number) => ledgerOn(new LedgerFolder(folder), term);
  const fileOf = (term: number) => join(folder, `keys-${term}.jsonl`);
  const linesOf = async (term: number) => (await readFile(fileOf(term), "utf8")).trimEnd().split("\n");

  it("gives a key to the first window that claims it", async () => {
    const ledger = ledgerOf(1);
    assert.equal(await ledger.holderOf(key("k")), undefined);
    const [first, second] = await Promise.all([ledger.claim(key("k"), "A", a), ledger.claim(key("k"), "B", b)]);
    assert.equal(first.windowId, "A");
    assert.equal(second.windowId, "A");
    assert.equal((await ledger.holderOf(key("k")))?.windowId, "A");
    assert.equal((await ledger.claim(key("other"), "B", b)).windowId, "B");
  });

  it("has written the window and the hash of the key when a claim resolves, and nothing else of it", async () => {
    const ledger = ledgerOf(1);
    await ledger.claim(key("secret", "client-1"), "A", a);
    const [windowLine = "", keyLine = ""] = await linesOf(1);
    assert.deepEqual(JSON.parse(windowLine), { w: "A", ...a });
    const { k, w, at, p } = JSON.parse(keyLine);
    assert.deepEqual({ k, w, at }, { k: keyHash(key("secret", "client-1")), w: "A", at: now });
    assert.equal(p.length, 16);
    assert.doesNotMatch(keyLine + windowLine, /secret|client-1/);
    if (process.platform !== "win32") assert.equal((await stat(fileOf(1))).mode & 0o777, 0o600);
  });

  it("keeps the keys of each principal apart", async () => {
    const ledger = ledgerOf(1);
    await ledger.claim(key("k"), "A", a);
    assert.equal((await ledger.claim(key("k", "client-1"), "B", b)).windowId, "B");
  });

  it("is read by the next owner, with executions, processes and windows that have left", async () => {
    const before = ledgerOf(3);
    await before.claim(key("one"), "A", a);
    await before.claim(key("two"), "B", b);
    await before.note(keyHash(key("one")), "A", "exec-1-1-abc");
    await before.left("B");
    const ledger = ledgerOf(4);
    const one = await ledger.claim(key("one"), "C", b);
    assert.deepEqual([one.windowId, one.executionId, one.at], ["A", "exec-1-1-abc", now]);
    assert.equal((await ledger.holderOf(key("two")))?.windowId, "B");
    assert.deepEqual(ledger.processOf("A"), a);
    assert.equal(ledger.processOf("B"), undefined);
    assert.deepEqual(await readdir(folder), ["keys-4.jsonl"]);
  });

  it("does not record an execution for a key of another window", async () => {
    const ledger = ledgerOf(1);
    await ledger.claim(key("k"), "A", a);
    await ledger.note(keyHash(key("k")), "B", "exec-1-1-abc");
    assert.equal((await ledger.holderOf(key("k")))?.executionId, undefined);
  });

  it("ignores what an owner writes after the next one has read its ledger", async () => {
    const stopped = ledgerOf(1);
    await stopped.claim(key("early"), "A", a);
    const ledger = ledgerOf(2);
    await ledger.claim(key("k"), "B", b);
    await stopped.claim(key("k"), "A", a);
    const third = ledgerOf(3);
    assert.equal((await third.holderOf(key("k")))?.windowId, "B");
    assert.equal((await third.holderOf(key("early")))?.windowId, "A");
    assert.deepEqual(warnings, []);
  });

  it("tolerates an incomplete last line, and lines that are not valid", async () => {
    await ledgerOf(1).claim(key("k"), "A", a);
    const text = await readFile(fileOf(1), "utf8");
    await writeFile(fileOf(1), `not json\n{"k":1}\n\n${text}{"k":"torn","w":"B","a`);
    const ledger = ledgerOf(2);
    assert.equal((await ledger.holderOf(key("k")))?.windowId, "A");
    await ledger.claim(key("next"), "B", b);
    assert.equal((await linesOf(2)).length, 4);
    assert.equal((await ledgerOf(3).holderOf(key("next")))?.windowId, "B");
  });

  it("believes the first line of a key", async () => {
    await ledgerOf(1).claim(key("k"), "A", a);
    const text = await readFile(fileOf(1), "utf8");
    await writeFile(fileOf(1), `${text}${text.replaceAll('"A"', '"B"')}`);
    assert.equal((await ledgerOf(2).holderOf(key("k")))?.windowId, "A");
  });

  it("keeps a key of the future for 24 hours", async () => {
    await ledgerOf(1).claim(key("k"), "A", a);
    now -= 48 * HOUR_MS;
    const ledger = ledgerOf(2);
    assert.equal((await ledger.holderOf(key("k")))?.windowId, "A");
    await clock.pass(24 * HOUR_MS - 1);
    assert.equal((await ledger.holderOf(key("k")))?.windowId, "A");
    await clock.pass(1);
    assert.equal(await ledger.holderOf(key("k")), undefined);
  });

  it("forgets keys after 24 hours", async () => {
    const ledger = ledgerOf(1);
    await ledger.claim(key("k"), "A", a);
    await clock.pass(24 * HOUR_MS - 1);
    assert.equal((await ledger.holderOf(key("k")))?.windowId, "A");
    await clock.pass(1);
    assert.equal(await ledger.holderOf(key("k")), undefined);
    assert.equal((await ledger.claim(key("k"), "B", b)).windowId, "B");
  });

  it("keeps keys when the clock is set, and counts their age over several owners", async () => {
    const ledger = ledgerOf(1);
    await ledger.claim(key("k"), "A", a);
    now += 48 * HOUR_MS;
    assert.equal((await ledger.holderOf(key("k")))?.windowId, "A");
    now -= 96 * HOUR_MS;
    const second = ledgerOf(2);
    assert.equal((await second.holderOf(key("k")))?.windowId, "A");
    now += 48 * HOUR_MS + 23 * HOUR_MS;
    const third = ledgerOf(3);
    assert.equal((await third.holderOf(key("k")))?.windowId, "A");
    await clock.pass(HOUR_MS);
    assert.equal(await third.holderOf(key("k")), undefined);
  });

  it("keeps the latest 10,000 keys of the owner and 1,000 of each other principal", async () => {
    const ledger = ledgerOf(1);
    await Promise.all(Array.from({ length: 1001 }, (_, at) => ledger.claim(key(`k${at}`, "client-1"), "A", a)));
    await Promise.all(Array.from({ length: 10_001 }, (_, at) => ledger.claim(key(`k${at}`), "A", a)));
    assert.equal(await ledger.holderOf(key("k0")), undefined);
    assert.equal((await ledger.holderOf(key("k1")))?.windowId, "A");
    assert.equal(await ledger.holderOf(key("k0", "client-1")), undefined);
    assert.equal((await ledger.holderOf(key("k1", "client-1")))?.windowId, "A");
    const next = ledgerOf(2);
    assert.equal((await next.holderOf(key("k10000")))?.windowId, "A");
    assert.equal((await linesOf(2)).length, 11_001);
  });

  it("writes the keys that are claimed at the same time together", async () => {
    let writes = 0;
    const files = new LedgerFolder(folder);
    const storage: LedgerStorage = {
      read: () => files.read(),
      replace: (term, text) => files.replace(term, text),
      append: (term, text) => {
        writes++;
        return files.append(term, text);
      },
    };
    const ledger = ledgerOn(storage);
    await Promise.all(Array.from({ length: 1000 }, (_, at) => ledger.claim(key(`k${at}`), "A", a)));
    assert.ok(writes < 10, String(writes));
    assert.equal((await linesOf(1)).length, 1001);
  });

  it("is compacted when it has twice the lines that are needed", async () => {
    const ledger = ledgerOf(1);
    await ledger.claim(key("k"), "A", a);
    for (let at = 0; at < 1500; at++) void ledger.note(keyHash(key("k")), "A", `exec-${at}`);
    await ledger.claim(key("last"), "A", a);
    const lines = await linesOf(1);
    assert.ok(lines.length < 10, String(lines.length));
    assert.equal((await ledgerOf(2).holderOf(key("k")))?.executionId, "exec-1499");
  });

  it("is written again as a whole if its file or its folder was removed", async () => {
    const ledger = ledgerOf(1);
    await ledger.claim(key("k"), "A", a);
    await rm(folder, { recursive: true });
    await ledger.claim(key("next"), "B", b);
    assert.equal((await linesOf(1)).length, 4);
    await rm(fileOf(1));
    await ledger.claim(key("last"), "B", b);
    assert.equal((await linesOf(1)).length, 5);
    assert.deepEqual(warnings, []);
  });

  it("keeps keys in memory if the file cannot be written, with one warning, and writes all of them later", async () => {
    const files = new LedgerFolder(folder);
    let isFull = true;
    let attempts = 0;
    const unlessFull = async (work: () => Promise<void>): Promise<void> => {
      attempts++;
      if (isFull) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      await work();
    };
    const ledger = ledgerOn({
      read: () => files.read(),
      replace: (term, text) => unlessFull(() => files.replace(term, text)),
      append: (term, text) => unlessFull(() => files.append(term, text)),
    });
    for (let at = 0; at < 100; at++) await ledger.claim(key(`k${at}`), "A", a);
    assert.equal((await ledger.claim(key("k0"), "B", b)).windowId, "A");
    assert.equal(warnings.length, 1);
    assert.equal(attempts, 1);
    isFull = false;
    await clock.pass(5000);
    await ledger.claim(key("last"), "A", a);
    assert.equal((await linesOf(1)).length, 102);
    assert.equal(warnings.length, 1);
  });

  it("works in memory without a file", async () => {
    const ledger = ledgerOn(undefined);
    await ledger.claim(key("k"), "A", a);
    assert.equal((await ledger.claim(key("k"), "B", b)).windowId, "A");
  });

  it("starts empty if its file cannot be read", async () => {
    const storage: LedgerStorage = {
      read: () => Promise.reject(new Error("not readable")),
      replace: () => Promise.resolve(),
      append: () => Promise.resolve(),
    };
    const ledger = ledgerOn(storage);
    assert.equal((await ledger.claim(key("k"), "A", a)).windowId, "A");
    assert.equal(warnings.length, 1);
  });
});
