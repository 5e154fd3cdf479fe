import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import { removeLeftovers } from "../../../../src/exports/door/removeLeftovers.ts";
import { DeadLetters } from "../../../../src/exports/outbox/deadLetters.ts";
import { Outboxes, idsOf, readAll } from "../../../support/exports/outboxes.ts";
import { WindowProcess } from "../../../support/exports/processes/windowProcess.ts";

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

  const remove = async (): Promise<void> => {
    const note = (message: string, facts?: object): void => void told.push([message, facts]);
    await removeLeftovers({ folder, logger: { ...silentLogger, info: note, warn: note } });
  };
  const removed = "Files of destinations that are no longer in the settings were removed";

  it("is removed, and the log says how many runs a destination did not have", async () => {
    // The reader has acknowledged four runs. The beginnings of those that have no end are written last.
    await (await WindowProcess.start(outboxes.folder, { ended: 10, open: 2, acked: 8 })).kill();
    assert.ok((await outboxes.files()).length > 0);
    await remove();
    assert.deepEqual(await readdir(folder), []);
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
    await remove();
    assert.deepEqual(told, [[removed, { runs: 1 }]]);
    assert.deepEqual(await readdir(folder), []);
  });

  it("is not taken from a window that lives", async () => {
    const outbox = await outboxes.open();
    await outboxes.reader(outbox);
    outboxes.end(outbox, "a");
    const before = await outboxes.files();
    await remove();
    assert.deepEqual(await outboxes.files(), before);
    assert.deepEqual(told, [[removed, { runs: 0 }]]);
  });

  it("is also the dead letters, and nothing that is not of exports", async () => {
    const letters = join(folder, "dead-letters");
    const kept = await DeadLetters.open({ folder: letters, name: "old", logger: silentLogger });
    await kept.add({ fact: outboxes.start(await outboxes.open(), "a"), reason: "No.", at: 1 });
    await mkdir(join(folder, "other"));
    await writeFile(join(outboxes.folder, "note.txt"), "");
    await remove();
    assert.deepEqual(await readdir(folder), ["other", "outbox"]);
    assert.ok(existsSync(join(outboxes.folder, "note.txt")));
  });

  it("is nothing where there never was a destination", async () => {
    folder = join(folder, "missing");
    await remove();
    assert.deepEqual(told, []);
  });
});
