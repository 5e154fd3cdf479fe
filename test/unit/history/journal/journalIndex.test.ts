import assert from "node:assert/strict";
import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JournalIndex } from "../../../../src/history/journal/journalIndex.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

/** Of a window that is no more. */
const PID = 999_999;

describe("JournalIndex", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  const file = (number: number): string => join(folder, `${1_795_000_000_000 + number}-${PID}.jsonl`);
  const line = (kind: "start" | "end" | "event", run: number, more = ""): string => {
    const status = kind === "event" ? "" : `,"s":"${kind === "end" ? "completed" : "running"}"`;
    return `{"t":"${kind}"${status},"id":"exec-${1_795_000_000_000 + run}-1","x":"${more}"}\n`;
  };
  const shown = (index: JournalIndex): string[] =>
    index.newestFirst.map(({ order, status, hasEnded }) => `${order.time - 1_795_000_000_000} ${status} ${hasEnded}`);

  it("lists each run once, newest first, in whatever order files are read", async () => {
    await writeFile(file(1), line("start", 2) + line("event", 1) + line("end", 1) + line("event", 2));
    await writeFile(file(2), line("start", 2) + line("start", 4) + line("event", 2) + line("end", 2) + line("end", 3));
    const index = new JournalIndex(folder);
    await index.refresh();
    assert.deepEqual(shown(index), ["4 running false", "3 completed true", "2 completed true", "1 completed true"]);
    const run = index.get("exec-1795000000002-1");
    assert.ok(run !== undefined && !index.isInterrupted(run));
    assert.deepEqual([run.first.file.path, run.last.file.path], [file(1), file(2)]);
    assert.deepEqual(
      index.filesOf(run).map(({ path }) => path),
      [file(1), file(2)],
    );
  });

  it("uses the longest start line of a run for its arguments", async () => {
    await writeFile(file(1), line("start", 1, "all that it was given"));
    await writeFile(file(2), line("start", 1, "cut") + line("start", 1));
    const index = new JournalIndex(folder);
    await index.refresh();
    const run = index.get("exec-1795000000001-1");
    assert.deepEqual([run?.start?.file.path, run?.latest.file.path], [file(1), file(2)]);
    await rm(file(1));
    await index.refresh();
    const left = index.get("exec-1795000000001-1");
    assert.equal(left?.start, left?.latest);
    assert.equal(left?.first.file.path, file(2));
  });

  it("reads appended lines, but no incomplete ones", async () => {
    const index = new JournalIndex(folder);
    await writeFile(file(1), line("end", 1) + line("end", 2).slice(0, 30));
    await index.refresh();
    assert.deepEqual(shown(index), ["1 completed true"]);
    await appendFile(file(1), line("end", 2).slice(30) + line("end", 3));
    await index.refresh();
    assert.deepEqual(shown(index), ["3 completed true", "2 completed true", "1 completed true"]);
    await rm(file(1));
    await index.refresh();
    assert.deepEqual(shown(index), []);
  });

  it("keeps the newest runs when there are more than its limit", async () => {
    const index = new JournalIndex(folder, 3);
    await writeFile(file(1), [1, 2].map((run) => line("end", run)).join(""));
    await writeFile(file(3), [3, 4, 5, 6].map((run) => line("end", run)).join(""));
    await index.refresh();
    assert.deepEqual(shown(index), ["6 completed true", "5 completed true", "4 completed true"]);
    await appendFile(file(3), line("end", 7) + line("end", 2));
    await index.refresh();
    assert.deepEqual(shown(index), ["7 completed true", "6 completed true", "5 completed true"]);
    assert.equal(index.get("exec-1795000000001-1"), undefined);
    await appendFile(file(1), line("end", 8));
    await index.refresh();
    assert.deepEqual(shown(index)[0], "8 completed true");
  });

  it("remembers the first steps of 10,000 runs without any other line, and evicts older ones", async () => {
    const index = new JournalIndex(folder);
    const steps = Array.from({ length: 10_001 }, (_, run) => line("event", run));
    await writeFile(file(1), steps.join("") + line("end", 0) + line("end", 1) + line("end", 10_000));
    await index.refresh();
    const hasStep = [0, 1, 10_000].map((run) => {
      const found = index.get(`exec-${1_795_000_000_000 + run}-1`) ?? assert.fail(`run ${run} is not known`);
      return found.first.offset < found.latest.offset;
    });
    assert.deepEqual(hasStep, [false, true, true]);
    assert.equal(index.newestFirst.length, 3);
  });

  it("reads the other files when one cannot be read", async () => {
    await mkdir(file(1));
    await writeFile(file(2), line("end", 1));
    const index = new JournalIndex(folder);
    await index.refresh();
    assert.deepEqual(shown(index), ["1 completed true"]);
  });
});
