import assert from "node:assert/strict";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { removeLeftovers } from "../../../../src/exports/door/removeLeftovers.ts";
import { DeadLetters } from "../../../../src/exports/outbox/deadLetters.ts";
import { Outboxes, idsOf, readAll } from "../../../support/exports/outboxes.ts";
import { WindowProcess } from "../../../support/exports/processes/windowProcess.ts";

const WEEK_MS = 7 * 24 * 3_600_000;

describe("What earlier destinations have left, for a bridge without destinations", () => {
  let outboxes: Outboxes;
  let folder: string;
  let told: unknown[];

  beforeEach(async () => {
    outboxes = await Outboxes.create();
    folder = join(outboxes.folder, "..");
    told = [];
  });
  afterEach(() => outboxes.dispose());

  const remove = async (now = Date.now()): Promise<void> => {
    const note = (message: string, facts?: object): void => void told.push([message, facts]);
    await removeLeftovers({ folder, now, logger: { ...silentLogger, info: note, warn: note } });
  };
  /** A week and an hour later, when the file is as old. */
  const later = (): number => Date.now() + WEEK_MS + 3_600_000;
  const removed = "Files of destinations that are no longer in the settings were removed";

  it("is removed after a week, and the log says how many runs a destination did not have", async () => {
    // The reader has acknowledged four runs. The beginnings of those that have no end are written last.
    await (await WindowProcess.start(outboxes.folder, { ended: 10, open: 2, acked: 8 })).kill();
    assert.ok((await outboxes.files()).length > 0);
    await remove(later());
    assert.deepEqual(await outboxes.files(), []);
    assert.deepEqual(told, [[removed, { runs: 6 + 2 }]]);
  });

  it("counts no run that was delivered", async () => {
    const outbox = await outboxes.open();
    const [first, second] = [await outboxes.reader(outbox, "first"), await outboxes.reader(outbox, "second")];
    for (const run of ["a", "b", "c"]) outboxes.end(outbox, run);
    first.ack(idsOf(await readAll(first)));
    // All but the one in the middle.
    const [a, , c] = idsOf(await readAll(second));
    second.ack([a ?? "", c ?? ""]);
    await outboxes.close();
    await remove(later());
    assert.deepEqual(told, [[removed, { runs: 1 }]]);
    assert.deepEqual(await outboxes.files(), []);
  });

  it("stays for a week, because a mistake in the settings may be mended", async () => {
    const outbox = await outboxes.open();
    await outboxes.reader(outbox);
    outboxes.end(outbox, "a");
    await outboxes.close();
    const before = await outboxes.files();
    await remove(Date.now() + WEEK_MS - 3_600_000);
    assert.deepEqual([await outboxes.files(), told], [before, []]);
  });

  it("stays while a window lives, which touches its claim", async () => {
    const outbox = await outboxes.open();
    await outboxes.reader(outbox);
    outboxes.end(outbox, "a");
    const before = await outboxes.files();
    const past = (Date.now() - WEEK_MS - 3_600_000) / 1000;
    for (const path of [...before, join(outboxes.folder, outbox.id)]) await utimes(path, past, past);
    await outbox.adopt();
    await remove();
    assert.deepEqual([await outboxes.files(), told], [before, []]);
  });

  it("is also the dead letters, and nothing else in the folder", async () => {
    const letters = join(folder, "dead-letters");
    const kept = await DeadLetters.open({ folder: letters, name: "new", logger: silentLogger });
    const old = join(letters, "old");
    await mkdir(old, { recursive: true });
    await writeFile(join(old, "1700000000000-2-w-1.json"), "{}");
    await mkdir(join(outboxes.folder, ".lock"));
    await writeFile(join(outboxes.folder, "note.txt"), "");
    const fact = outboxes.start(await outboxes.open(), "a");
    await kept.add({ fact, reason: "No.", at: Date.now() });
    const past = (Date.now() - WEEK_MS - 3_600_000) / 1000;
    for (const path of [join(old, "1700000000000-2-w-1.json"), old]) await utimes(path, past, past);
    await remove();
    assert.deepEqual(await readdir(letters), ["new"]);
    assert.deepEqual(told, [[removed, { runs: 0 }]]);
  });

  it("is nothing where there never was a destination", async () => {
    folder = join(folder, "missing");
    await remove(later());
    assert.deepEqual(told, []);
  });
});
