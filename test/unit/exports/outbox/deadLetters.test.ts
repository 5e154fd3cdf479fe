import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DeadLetters, type DeadLettersOptions } from "../../../../src/exports/outbox/deadLetters.ts";
import type { Fact } from "../../../../src/exports/outbox/fact.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const factOf = (id: string, text = ""): Fact => ({
  id,
  at: 1,
  event: { type: "session-changed", sessionId: text, name: "", state: "", eventId: 1, timestamp: "", windowId: "w" },
});

describe("The dead letters of a destination", () => {
  let folder: string;

  beforeEach(async () => {
    folder = join(await temporaryFolder(), "letters");
  });
  afterEach(() => removeFolder(join(folder, "..")));

  const open = (options: Partial<DeadLettersOptions> = {}): Promise<DeadLetters> =>
    DeadLetters.open({ folder, name: "first", logger: silentLogger, ...options });
  const idsIn = async (letters: DeadLetters): Promise<string[]> => (await letters.list()).map(({ fact }) => fact.id);

  it("are listed with their reasons, oldest first, after a restart as well", async () => {
    const before = await open();
    await before.add({ fact: factOf("b"), reason: "Too large.", at: 2000 });
    await before.add({ fact: factOf("a"), reason: "Not valid.", at: 1000 });
    const after = await open();
    assert.equal(after.count, 2);
    assert.deepEqual(await after.list(), [
      { fact: factOf("a"), reason: "Not valid.", at: 1000 },
      { fact: factOf("b"), reason: "Too large.", at: 2000 },
    ]);
    assert.deepEqual(await after.list(new Set(["b"])), [{ fact: factOf("b"), reason: "Too large.", at: 2000 }]);
  });

  it("are seen by all windows, and apart from those of other destinations", async () => {
    const [one, two, other] = [await open(), await open(), await open({ name: "second" })];
    await one.add({ fact: factOf("a"), reason: "x", at: 1 });
    await two.add({ fact: factOf("b"), reason: "x", at: 2 });
    await other.add({ fact: factOf("c"), reason: "x", at: 3 });
    assert.deepEqual(await idsIn(one), ["a", "b"]);
    assert.equal(await two.remove(new Set(["a"])), 1);
    assert.deepEqual(await idsIn(one), ["b"]);
    assert.deepEqual(await idsIn(other), ["c"]);
  });

  it("are one for each fact", async () => {
    const letters = await open();
    await letters.add({ fact: factOf("a"), reason: "first", at: 1 });
    await letters.add({ fact: factOf("a"), reason: "second", at: 2 });
    assert.deepEqual(
      (await letters.list()).map(({ reason }) => reason),
      ["second"],
    );
    assert.equal(letters.count, 1);
  });

  it("lose the oldest ones above their number or size, and count them", async () => {
    const few = await open({ maxLetters: 3 });
    for (let at = 0; at < 5; at++) await few.add({ fact: factOf(`f${at}`), reason: "x", at });
    assert.deepEqual(await idsIn(few), ["f2", "f3", "f4"]);
    assert.equal(few.dropped, 2);
    const small = await open({ name: "small", maxBytes: 5000 });
    for (let at = 0; at < 5; at++) await small.add({ fact: factOf(`f${at}`, "x".repeat(2000)), reason: "x", at });
    assert.deepEqual(await idsIn(small), ["f3", "f4"]);
  });

  it("skip a file that is damaged", async () => {
    const letters = await open();
    await letters.add({ fact: factOf("a"), reason: "x", at: 1 });
    await letters.add({ fact: factOf("b"), reason: "x", at: 2 });
    const [name = ""] = (await readdir(join(folder, "first"))).filter((found) => found.includes("-a."));
    const path = join(folder, "first", name);
    await writeFile(path, (await readFile(path, "utf8")).replace("session-changed", "session-chanted"));
    assert.deepEqual(await idsIn(letters), ["b"]);
  });

  it("are readable for this user alone", async () => {
    if (process.platform === "win32") return;
    const letters = await open();
    await letters.add({ fact: factOf("a"), reason: "x", at: 1 });
    const [name = ""] = await readdir(join(folder, "first"));
    assert.equal((await stat(join(folder, "first", name))).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, "first"))).mode & 0o777, 0o700);
  });

  it("of a destination that is no longer in the settings are removed", async () => {
    const [one, two] = [await open(), await open({ name: "second" })];
    await one.add({ fact: factOf("a"), reason: "x", at: 1 });
    await two.add({ fact: factOf("b"), reason: "x", at: 1 });
    await DeadLetters.removeOthers(folder, new Set(["second"]));
    assert.deepEqual(await readdir(folder), ["second"]);
    assert.deepEqual(await idsIn(two), ["b"]);
  });
});
