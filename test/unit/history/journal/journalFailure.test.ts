import assert from "node:assert/strict";
import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Logger, silentLogger } from "../../../../src/base/logger.ts";
import { Journal } from "../../../../src/history/journal/journal.ts";
import { type CreateSegment, JournalSegment, type Segment } from "../../../../src/history/journal/journalSegment.ts";
import type { Core } from "../../../support/core.ts";
import { journalDefaults, makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { firstArguments, HistoryWindows, listAll, runToEnd } from "../../../support/historyWindows.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";

const MEBI = 1024 * 1024;
/** What may wait for a disk. */
const MAX_WAITING = 32 * MEBI;

describe("The journal when the disk fails", () => {
  let windows: HistoryWindows;
  let told: [text: string, facts?: unknown][];
  let logger: Logger;
  const journals: Journal[] = [];
  let clock: TestClock | undefined;

  beforeEach(async () => {
    windows = await HistoryWindows.create();
    told = [];
    const tell = (text: string, facts?: unknown): void => void told.push([text, facts]);
    logger = { ...silentLogger, warn: tell, info: tell };
  });

  afterEach(async () => {
    clock?.release();
    for (const journal of journals.splice(0)) await journal.dispose();
    await windows.dispose();
  });

  /** An attempt that was begun would be over: it needs a few calls of the system. */
  const untilDiskIsQuiet = async (): Promise<void> => {
    for (let call = 0; call < 50; call++) await readdir(tmpdir());
  };

  const texts = (): string[] => told.map(([text]) => text);

  /** A core whose journal writes to files of this kind. */
  const openWith = async (createSegment: CreateSegment): Promise<{ core: Core; journal: Journal }> => {
    const core = makeCore({ editor: new FakeEditor({ echo: (value) => value }), agent: new FakeAgent() });
    await core.catalog.refresh();
    const deps = { ...core, isKnownCommand: () => true, createSegment };
    const options = { ...journalDefaults, folder: windows.folder, maxBytes: 200 * MEBI, logger };
    const journal = new Journal(deps, options);
    journals.push(journal);
    return { core, journal };
  };

  /** Real files until `fails` says otherwise. */
  const failing =
    (fails: () => ((segment: Segment, bytes: Uint8Array) => Promise<void>) | undefined): CreateSegment =>
    async (folder) => {
      const segment = await JournalSegment.create(folder);
      return {
        path: segment.path,
        startedAt: segment.startedAt,
        get size() {
          return segment.size;
        },
        append: (bytes) => (fails() ?? ((file, all) => file.append(all)))(segment, bytes),
        isGone: () => segment.isGone(),
        touch: () => segment.touch(),
        close: () => segment.close(),
      };
    };

  it("keeps what could not be written, and writes it when the disk is back", async () => {
    await writeFile(windows.folder, "in the way");
    const core = await windows.open({ journal: { logger } });
    for (const text of ["a", "b"]) {
      await runToEnd(core, "echo", text);
      await core.journal?.flush();
    }
    assert.deepEqual(texts(), ["The history could not be written"]);
    assert.deepEqual(await firstArguments(core), ["b", "a"]);
    await rm(windows.folder);
    await runToEnd(core, "echo", "c");
    await core.journal?.flush();
    assert.deepEqual(texts(), ["The history could not be written", "The history can be written again"]);
    assert.deepEqual(await firstArguments(await windows.reopen(core)), ["c", "b", "a"]);
  });

  it("tries again by itself, a second after the last attempt and not before", async () => {
    clock = TestClock.stopped();
    let isFull = true;
    let attempts = 0;
    const fail = (): Promise<void> => {
      attempts++;
      return Promise.reject(new Error("ENOSPC"));
    };
    const { core, journal } = await openWith(failing(() => (isFull ? fail : undefined)));
    await runToEnd(core, "echo", "a");
    await journal.flush();
    for (const more of ["b", "c"]) {
      await runToEnd(core, "echo", more); // What happens meanwhile does not make it earlier.
      const before = attempts;
      clock.pass(999);
      await untilDiskIsQuiet();
      assert.equal(attempts, before);
      clock.pass(1);
      await until(() => attempts === before + 1, "another attempt");
      await untilDiskIsQuiet();
    }
    isFull = false;
    clock.pass(1000);
    await until(() => texts().includes("The history can be written again"));
    assert.deepEqual(await firstArguments(await windows.open()), ["c", "b", "a"]);
  });

  it("waits for a second with what happens behind a failure, too", async () => {
    clock = TestClock.stopped();
    await writeFile(windows.folder, "in the way");
    const core = await windows.open({ journal: { logger } });
    await until(() => texts().includes("The history could not be written"));
    await rm(windows.folder);
    await runToEnd(core, "echo", "a");
    clock.pass(999);
    await untilDiskIsQuiet();
    assert.deepEqual(texts(), ["The history could not be written"]);
    clock.pass(1);
    await until(() => texts().includes("The history can be written again"));
  });

  it("goes on in a new file behind a line that was not written to its end", async () => {
    let isFull = false;
    const halfOf = async ({ path }: Segment, bytes: Uint8Array): Promise<void> => {
      await writeFile(path, bytes.subarray(0, bytes.length / 2), { flag: "a" });
      throw new Error("ENOSPC: no space left on device");
    };
    const { core, journal } = await openWith(failing(() => (isFull ? halfOf : undefined)));
    await runToEnd(core, "echo", "a");
    await journal.flush();
    isFull = true;
    for (const text of ["b", "c"]) {
      await runToEnd(core, "echo", text);
      await journal.flush();
    }
    isFull = false;
    const last = await runToEnd(core, "echo", "d");
    await journal.dispose();
    const [torn = "", ...rest] = await windows.files();
    assert.ok(!(await readFile(torn, "utf8")).endsWith("\n"));
    assert.ok(rest.length > 0);
    const later = await windows.open();
    assert.deepEqual(await firstArguments(later), ["d", "c", "b", "a"]);
    for (const { id } of await listAll(later)) {
      const types = (await later.history.getRun(id)).events.map(({ type }) => type);
      assert.deepEqual(types, ["command-started", "command-completed"], id);
    }
    assert.ok(texts().includes("The history could not be written") && last !== "");
  });

  it("leaves no file for each attempt", async () => {
    let isFull = false;
    const fail = (): Promise<void> => Promise.reject(new Error("ENOSPC"));
    const { core, journal } = await openWith(failing(() => (isFull ? fail : undefined)));
    await runToEnd(core, "echo", "a");
    await journal.flush();
    isFull = true;
    await runToEnd(core, "echo", "b");
    for (let attempt = 0; attempt < 20; attempt++) await journal.flush();
    assert.equal((await windows.files()).length, 1);
    isFull = false;
    await journal.flush();
    await journal.dispose();
    assert.deepEqual(await firstArguments(await windows.open()), ["b", "a"]);
  });

  it("loses nothing to a full device", async function () {
    const device = await open("/dev/full", "a").catch(() => this.skip());
    let isFull = true;
    const toDevice = async (_segment: Segment, bytes: Uint8Array): Promise<void> => device.appendFile(bytes);
    const { core, journal } = await openWith(failing(() => (isFull ? toDevice : undefined)));
    await runToEnd(core, "echo", "a");
    await journal.flush();
    await device.close();
    assert.match(JSON.stringify(told[0]), /ENOSPC/);
    isFull = false;
    await runToEnd(core, "echo", "b");
    await journal.dispose();
    assert.deepEqual(await firstArguments(await windows.open()), ["b", "a"]);
  });

  it("goes on when its folder is removed, and what runs is known again", async () => {
    const agent = new FakeAgent();
    const asked = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      context.output("said before ");
      asked.resolve();
      await new Promise(() => undefined);
      return { kind: "completed" };
    };
    const core = await windows.open({ agent });
    await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["prompt"] });
    await asked.promise;
    core.outputs.flush();
    await core.journal?.flush();
    await rm(windows.folder, { recursive: true });
    await runToEnd(core, "echo", "after");
    await core.journal?.flush();
    const records = await listAll(await windows.open());
    assert.deepEqual(
      records.map(({ args, output }) => [args[0], output]),
      [
        ["after", "after"],
        ["prompt", "said before "],
      ],
    );
  });

  it("lets no more wait than it says, whether the disk is away or only slow, and says what is missing", async () => {
    for (const kind of ["away", "slow"] as const) {
      const back = Promise.withResolvers<void>();
      let isAway = true;
      const wait = async (segment: Segment, bytes: Uint8Array): Promise<void> => {
        if (kind === "away") throw new Error("EIO");
        await back.promise;
        await segment.append(bytes);
      };
      const { core, journal } = await openWith(failing(() => (isAway ? wait : undefined)));
      // A run that says something has lines for its steps, which are left out first.
      (core.agent as FakeAgent).turn = async (_task, context) => {
        context.output("said");
        return { kind: "completed" };
      };
      for (let count = 0; count < 70; count++) {
        await runToEnd(core, "kiro.cli.chat", `${count} `.padEnd(MEBI, "x"));
        if (kind === "away") await journal.flush();
      }
      isAway = false;
      back.resolve();
      await runToEnd(core, "echo", "after");
      await journal.flush();
      await journal.dispose();
      const size = await windows.size();
      assert.ok(size > MAX_WAITING / 2 && size < MAX_WAITING + 3 * MEBI, `${kind}: ${size}`);
      const gaps = told.filter(([text]) => text.startsWith("The history has a gap"));
      assert.equal(gaps.length, 1, kind);
      assert.match(JSON.stringify(gaps[0]?.[1]), /"lines":\d+/);
      assert.match(await windows.text(), /\{"t":"gap","at":"[^"]+","lines":\d+\}/);
      const left = await firstArguments(await windows.open());
      assert.ok(left[0] === "after" && left.at(-1)?.startsWith("0 "), kind);
      await rm(windows.folder, { recursive: true });
      told = [];
    }
  });

  it("has room for the end of each run when there is none for all that runs say", async () => {
    let isAway = true;
    const fail = (): Promise<void> => Promise.reject(new Error("EIO"));
    const { core, journal } = await openWith(failing(() => (isAway ? fail : undefined)));
    const agent = core.agent as FakeAgent;
    agent.turn = async (_task, context) => {
      for (let step = 0; step < 9; step++) context.output("x".repeat(100_000));
      return { kind: "completed" };
    };
    for (let count = 0; count < 60; count++) await runToEnd(core, "kiro.cli.chat", `${count}`);
    isAway = false;
    await journal.flush();
    await journal.dispose();
    const records = await listAll(await windows.open());
    assert.deepEqual(
      records.map(({ args, status }) => `${args[0]} ${status}`),
      Array.from({ length: 60 }, (_, at) => `${59 - at} completed`),
    );
    assert.equal(records[0]?.contentTruncated, true);
  });

  it("rejects a Clear History that has not removed anything", async () => {
    const core = await windows.open();
    await runToEnd(core, "echo", "a");
    await core.journal?.flush();
    const [file = ""] = await windows.files();
    // Nobody can remove a file from a folder that is not there any more.
    await rm(windows.folder, { recursive: true });
    await writeFile(windows.folder, "in the way");
    await assert.rejects(core.history.clear(), /^Error: The history could not be cleared: E/);
    await rm(windows.folder);
    await mkdir(dirname(file), { recursive: true });
    await core.history.clear();
  });

  it("writes what it was told before it is disposed, and what was still held back", async () => {
    const agent = new FakeAgent();
    const speaking = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      context.output("half an answer");
      speaking.resolve();
      return new Promise(() => undefined);
    };
    const core = await windows.open({ agent });
    const asked = await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["prompt"] });
    await speaking.promise;
    for (let count = 0; count < 100; count++) await runToEnd(core, "echo", `${count}`);
    await windows.close(core);
    const later = await windows.open();
    assert.equal((await listAll(later)).length, 101);
    assert.deepEqual(await later.history.get(asked.id), recordOf(asked));
    assert.equal(asked.output.text, "half an answer");
    assert.ok(asked.isSettled);
  });

  it("says so when it is disposed and the last lines cannot be written", async () => {
    await writeFile(windows.folder, "in the way");
    const core = await windows.open({ journal: { logger } });
    await runToEnd(core, "echo", "a");
    await windows.close(core);
    assert.deepEqual(texts(), [
      "The history could not be written",
      "The last lines of the history could not be written",
    ]);
    assert.equal(await readFile(join(windows.folder), "utf8"), "in the way");
  });
});
