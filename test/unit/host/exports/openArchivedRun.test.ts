import assert from "node:assert/strict";
import type { ListedRun, NamedArchive, RunArchive, RunHead } from "../../../../src/core/runArchive.ts";
import { openArchivedRun } from "../../../../src/host/exports/hostExportsLibrary.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import type { RunExport } from "../../../../src/protocol/runExport.ts";
import { exportedRun, RUN_ID } from "../../../support/exports/archivedRuns.ts";
import { ScriptedDialogs, type Step } from "../models/scriptedDialogs.ts";

const DAY = "2026-11-28";
const PICK = { pick: "runs" };
const isMissing = (sentence: RegExp) => (error: unknown) =>
  isBridgeError(error) && error.code === "NOT_FOUND" && sentence.test(error.message);

/** An archive with the runs that it is given. */
class FixedArchive implements RunArchive {
  dayList: readonly string[] = [DAY, "2026-11-27"];
  runList: readonly ListedRun[] = [{ executionId: RUN_ID, day: DAY, queuedAt: Date.UTC(2026, 10, 28, 1, 29), size: 9 }];
  readonly known = new Map<string, RunHead>([[RUN_ID, { command: "kiro.cli.chat", status: "failed" }]]);
  /** What it was asked for. */
  readonly asked: string[] = [];
  found: RunExport | undefined = exportedRun();
  /** Called before each answer. */
  onAsk: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  days = (signal: AbortSignal) => this.#answer("days", signal, () => this.dayList);
  runs = (day: string, signal: AbortSignal) => this.#answer(`runs of ${day}`, signal, () => this.runList);
  heads = (runs: readonly ListedRun[], signal: AbortSignal) =>
    this.#answer(`${runs.length} heads`, signal, () => this.known);
  read = (id: string, signal: AbortSignal, day = "its day") =>
    this.#answer(`${id} of ${day}`, signal, () => this.found);

  async #answer<T>(what: string, signal: AbortSignal, answer: () => T): Promise<T> {
    this.asked.push(what);
    await this.onAsk(signal);
    return answer();
  }
}

describe("Open Run… with archives", () => {
  let archive: FixedArchive;
  let dialogs: ScriptedDialogs;
  let files: number;
  beforeEach(() => {
    archive = new FixedArchive();
    files = 0;
  });

  const open = (...script: Step[]): Promise<RunExport | undefined> => {
    dialogs = new ScriptedDialogs(script);
    const other: NamedArchive = { name: "elsewhere", kind: "gcs", archive: new FixedArchive() };
    const archives = [{ name: "runs", kind: "s3", archive }, other];
    const readFile = () => Promise.resolve(files++ === 0 ? exportedRun() : undefined);
    return openArchivedRun({ dialogs, archives, readFile });
  };

  it("offers a file and each archive, then its days, then the runs of a day", async () => {
    assert.deepEqual(await open(PICK, { pick: DAY }, { pick: "kiro.cli.chat" }), exportedRun());
    assert.deepEqual(dialogs.offered, [
      ["A file…", "runs", "elsewhere"],
      [DAY, "2026-11-27", "Enter a day…", "Enter an execution ID…"],
      ["kiro.cli.chat", "Enter an execution ID…"],
    ]);
    assert.deepEqual(dialogs.closing, ["Select where the run is"]);
    assert.deepEqual(archive.asked, ["days", `runs of ${DAY}`, "1 heads", `${RUN_ID} of ${DAY}`]);
    assert.deepEqual(
      dialogs.shown.filter((text) => text.startsWith("Kiro Bridge:")),
      [
        "Kiro Bridge: Reading the days of runs…",
        `Kiro Bridge: Reading the runs of ${DAY} in runs…`,
        `Kiro Bridge: Reading ${RUN_ID} from runs…`,
      ],
    );
    assert.deepEqual([dialogs.left, files], [[], 0]);
  });

  it("says of each run what it was, and when, as far as that is known", async () => {
    const unknown = { executionId: "exec-1-2-b", day: DAY, queuedAt: undefined, size: 2049 };
    archive.runList = [...archive.runList, unknown];
    await open(PICK, { pick: DAY }, { pick: "exec-1-2-b" });
    const time = new Date(Date.UTC(2026, 10, 28, 1, 29)).toLocaleString();
    assert.deepEqual(dialogs.described.at(-1), [`failed, ${time}`, "3 KiB", ""]);
    assert.equal(archive.asked.at(-1), `exec-1-2-b of ${DAY}`);
  });

  it("reads a file, without a request to an archive", async () => {
    assert.deepEqual(await open({ pick: "A file…" }), exportedRun());
    assert.equal(await open({ pick: "A file…" }), undefined);
    assert.deepEqual([archive.asked, files], [[], 2]);
  });

  it("takes a day and an ID that the user enters, if they are ones", async () => {
    const days = [{ enter: "28.11.2026" }, { enter: "2026-02-30" }, { enter: " 2020-01-31 " }];
    const ids = [{ enter: "../../other" }, { enter: "exec-1" }, { enter: ` ${RUN_ID} ` }];
    assert.deepEqual(
      await open(PICK, { pick: "Enter a day…" }, ...days, { pick: "Enter an execution ID…" }, ...ids),
      exportedRun(),
    );
    assert.deepEqual(archive.asked, ["days", "runs of 2020-01-31", "1 heads", `${RUN_ID} of its day`]);
    const wrongDay = "Enter a day as 2026-11-28.";
    const wrongId = "Enter an ID that begins with 'exec-' and a time.";
    assert.deepEqual(dialogs.refusals, [wrongDay, wrongDay, wrongId, wrongId]);
    await open(PICK, { pick: "Enter an execution ID…" }, { enter: RUN_ID });
    assert.deepEqual(archive.asked.slice(4), ["days", `${RUN_ID} of its day`]);
  });

  it("offers a hundred days and runs at most, the newest", async () => {
    const [first] = archive.runList;
    assert.ok(first);
    archive.dayList = Array.from({ length: 150 }, (_, at) => `day ${at}`);
    archive.runList = Array.from({ length: 150 }, (_, at) => ({ ...first, executionId: `exec-${at}-1-a` }));
    await open(PICK, { pick: "day 99" }, { pick: "exec-99-1-a" });
    assert.deepEqual(
      dialogs.offered.map((labels) => labels.length),
      [3, 102, 101],
    );
    assert.match(dialogs.shown.join("\n"), /Select a run of day 99: the newest 100/);
    assert.ok(archive.asked.includes("100 heads"));
  });

  it("ends when the user leaves any of its dialogs", async () => {
    const steps: Step[][] = [
      ["leave"],
      [PICK, "leave"],
      [PICK, { pick: "Enter a day…" }, "leave"],
      [PICK, { pick: "Enter an execution ID…" }, "leave"],
      [PICK, { pick: DAY }, "leave"],
      [PICK, { pick: DAY }, { pick: "Enter an execution ID…" }, "leave"],
    ];
    for (const script of steps) {
      assert.equal(await open(...script), undefined);
      assert.deepEqual(dialogs.left, []);
    }
    assert.ok(archive.asked.every((what) => !what.includes("exec-")));
  });

  it("ends the request when the user cancels it, without another message", async () => {
    const requests: [request: string, ...Step[]][] = [
      ["days", PICK],
      [`runs of ${DAY}`, PICK, { pick: DAY }],
      ["1 heads", PICK, { pick: DAY }],
      [`${RUN_ID} of ${DAY}`, PICK, { pick: DAY }, { pick: "kiro.cli.chat" }],
    ];
    for (const [request, ...script] of requests) {
      let cancel = (): void => undefined;
      let isEnded = false;
      archive.onAsk = async (signal) => {
        if (archive.asked.at(-1) !== request) return;
        cancel();
        isEnded = signal.aborted;
        signal.throwIfAborted();
      };
      const opened = open(...script);
      dialogs.onProgress = (end) => void (cancel = end);
      assert.equal(await opened, undefined);
      assert.ok(isEnded && dialogs.left.length === 0);
      assert.ok(dialogs.shown.every((text) => !/abort/i.test(text)));
    }
  });

  it("says what is wrong with an archive that cannot be listed, and reads a run of it by its ID", async () => {
    archive.onAsk = () =>
      archive.asked.length === 1 ? Promise.reject(new Error("The bucket 'runs' does not exist.")) : Promise.resolve();
    assert.equal(await open(PICK), undefined);
    assert.equal(dialogs.shown.at(-1), "Kiro Bridge: The bucket 'runs' does not exist.");
    archive.asked.length = 0;
    const opened = await open(PICK, { press: "Enter an execution ID…" }, { enter: RUN_ID });
    assert.deepEqual(opened, exportedRun());
  });

  it("fails with what the archive says when a day or a run cannot be read", async () => {
    archive.onAsk = () =>
      archive.asked.length > 1 ? Promise.reject(new Error("The key is wrong.")) : Promise.resolve();
    await assert.rejects(open(PICK, { pick: DAY }), /The key is wrong\./);
    archive.asked.length = 0;
    await assert.rejects(open(PICK, { pick: "Enter an execution ID…" }, { enter: RUN_ID }), /The key is wrong\./);
  });

  it("says that there are no runs, none of a day, and that a run is missing or was removed", async () => {
    archive.found = undefined;
    await assert.rejects(
      open(PICK, { pick: DAY }, { pick: "kiro.cli.chat" }),
      isMissing(/^runs does not have the run exec-.* was removed after the list was made/),
    );
    await assert.rejects(
      open(PICK, { pick: "Enter an execution ID…" }, { enter: RUN_ID }),
      isMissing(/^runs does not have the run exec-.* has not ended, is not for this destination/),
    );
    archive.runList = [];
    await assert.rejects(open(PICK, { pick: DAY }), isMissing(/^runs has no run of 2026-11-28\. Days begin at/));
    archive.dayList = [];
    await assert.rejects(open(PICK), isMissing(/^runs has no runs\. .*check 'prefix'/));
  });
});
