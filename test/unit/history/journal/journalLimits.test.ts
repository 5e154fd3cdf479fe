import assert from "node:assert/strict";
import { mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mock } from "node:test";
import type { Core } from "../../../support/core.ts";
import { FakeEditor } from "../../../support/fakePorts.ts";
import { firstArguments, HistoryWindows, listAll, runToEnd } from "../../../support/historyWindows.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

const MEBI = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

describe("The limits of the journal", () => {
  let windows: HistoryWindows;

  beforeEach(async () => {
    windows = await HistoryWindows.create();
  });

  afterEach(async () => {
    mock.timers.reset();
    mock.restoreAll();
    await windows.dispose();
  });

  /** Has the test say what day it is, and when hearts beat. Call it before the window is opened. */
  const holdTime = (): ((core: Core, days: number) => Promise<void>) => {
    mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const { setInterval: start } = globalThis;
    const hearts = mock.method(globalThis, "setInterval", (beat: () => void) => start(beat, 1e9).unref());
    return async (core, days) => {
      for (let day = 0; day < days; day++) {
        mock.timers.setTime(Date.now() + DAY_MS);
        for (const {
          arguments: [beat],
        } of hearts.mock.calls)
          beat();
        await core.journal?.flush();
      }
    };
  };

  it("keep earlier runs despite a few large results", async () => {
    const core = await windows.open({
      editor: new FakeEditor({ echo: (value) => value, big: () => "x".repeat(8 * MEBI) }),
    });
    for (let count = 0; count < 50; count++) await runToEnd(core, "echo", `work ${count}`);
    for (let count = 0; count < 4; count++) {
      await runToEnd(core, "big");
      await core.journal?.flush();
    }
    const later = await windows.reopen(core);
    const records = await listAll(later);
    assert.equal(records.length, 54);
    assert.ok((await windows.size()) < 4.5 * MEBI, `${await windows.size()}`);
    const big = await later.history.get(records[0]?.id ?? "");
    assert.deepEqual([big?.command, big?.outputTruncated, big?.contentTruncated], ["big", true, true]);
    assert.ok(Number(big?.output.length) > MEBI / 2);
  });

  it("hold at all times, and keep the latest runs, however large they are", async () => {
    for (const [maxBytes, atLeast] of [
      [MEBI, 40],
      [5 * MEBI, 40],
    ] as const) {
      const folder = `${windows.folder}-${maxBytes}`;
      const core = await windows.open({ journal: { maxBytes, folder } });
      let largest = 0;
      for (let count = 0; count < 200; count++) {
        await runToEnd(core, "echo", `${count} `.padEnd(count % 3 === 0 ? 1000 : MEBI, "x"));
        await core.journal?.flush();
        largest = Math.max(largest, await windows.size(folder));
      }
      assert.ok(largest <= maxBytes + Math.max(128 * 1024, maxBytes / 10), `${largest} of ${maxBytes}`);
      await windows.close(core);
      const later = await windows.open({ journal: { maxBytes, folder } });
      const left = (await firstArguments(later)).map((text) => Number(text?.split(" ")[0]));
      assert.ok(left.length >= atLeast, `${left.length} of 200`);
      assert.deepEqual(
        left,
        Array.from(left, (_, at) => 199 - at),
      );
    }
  });

  it("hold in an idle window when another one has written too much", async () => {
    const pass = holdTime();
    const core = await windows.open({ journal: { maxBytes: MEBI } });
    await runToEnd(core, "echo", "a");
    await core.journal?.flush();
    for (let count = 0; count < 5; count++) {
      await writeFile(join(windows.folder, `${Date.now() - 1000 + count}-1.jsonl`), "x".repeat(MEBI / 2));
    }
    await pass(core, 1);
    assert.ok((await windows.size()) <= MEBI);
    assert.deepEqual(await firstArguments(core), ["a"]);
  });

  it("apply to the age of files while one window stays open for weeks", async () => {
    const pass = holdTime();
    const core = await windows.open();
    await runToEnd(core, "echo", "old");
    await core.journal?.flush();
    await pass(core, 20);
    await runToEnd(core, "echo", "later");
    await core.journal?.flush();
    assert.deepEqual(await firstArguments(await windows.open()), ["later", "old"]);
    await pass(core, 11);
    assert.ok(!(await windows.text()).includes('"old"'));
    const other = await windows.open();
    assert.deepEqual(await firstArguments(other), ["later"]);
    await pass(core, 20);
    assert.deepEqual(await firstArguments(other), []);
  });

  it("create no files in a window in which nothing runs", async () => {
    const pass = holdTime();
    const core = await windows.open();
    await pass(core, 10);
    assert.equal((await windows.files()).length, 1);
  });

  it("apply to the age of files of closed windows", async () => {
    const core = await windows.open();
    await runToEnd(core, "echo", "a");
    await windows.close(core);
    const long = new Date(Date.now() - 31 * DAY_MS);
    for (const file of await windows.files()) await utimes(file, long, long);
    const later = await windows.open();
    assert.deepEqual(await firstArguments(later), []);
    assert.equal((await windows.files()).length, 1);
  });

  it("keep a run that spans several files complete", async () => {
    const never = Promise.withResolvers<string>();
    const core = await windows.open({
      editor: new FakeEditor({ echo: (value) => value, wait: () => never.promise }),
      journal: { maxBytes: MEBI },
    });
    const waiting = await core.dispatcher.submit({ command: "wait", args: ["for long"] });
    await core.journal?.flush();
    for (let count = 0; count < 30; count++) {
      await runToEnd(core, "echo", "x".repeat(MEBI));
      await core.journal?.flush();
    }
    assert.ok((await windows.files()).length >= 3);
    const other = await windows.open();
    assert.deepEqual((await other.history.get(waiting.id))?.args, ["for long"]);
    never.resolve("done");
    await waiting.settled;
    assert.deepEqual(await (await windows.reopen(core)).history.get(waiting.id), recordOf(waiting));
  });

  it("skip a file that cannot be removed", async () => {
    const core = await windows.open({ journal: { maxBytes: MEBI } });
    await core.journal?.flush();
    // A folder is not removed as a file.
    const file = join(windows.folder, "1000000000000-1.jsonl");
    await mkdir(file);
    for (let count = 0; count < 20; count++) await runToEnd(core, "echo", "x".repeat(MEBI));
    await core.journal?.flush();
    assert.ok((await stat(file)).isDirectory());
    assert.equal((await listAll(await windows.reopen(core))).length > 10, true);
  });
});
