import assert from "node:assert/strict";
import { open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { type Segment } from "../../../../src/history/journal/journalSegment.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { firstArguments, listAll, runToEnd } from "../../../support/historyWindows.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { failing, FailingJournals } from "./failingJournals.ts";

/** An attempt that was begun would be over: it needs a few calls of the system. */
const untilDiskIsQuiet = async (): Promise<void> => {
  for (let call = 0; call < 50; call++) await readdir(tmpdir());
};

describe("The journal when the disk fails", () => {
  let rig: FailingJournals;
  let clock: TestClock | undefined;

  beforeEach(async () => {
    rig = await FailingJournals.create();
  });

  afterEach(async () => {
    clock?.release();
    await rig.dispose();
  });

  it("keeps what could not be written, and writes it when the disk is available again", async () => {
    await writeFile(rig.windows.folder, "in the way");
    const core = await rig.windows.open({ journal: { logger: rig.logger } });
    for (const text of ["a", "b"]) {
      await runToEnd(core, "echo", text);
      await core.journal?.flush();
    }
    assert.deepEqual(rig.texts(), ["The history could not be written"]);
    assert.deepEqual(await firstArguments(core), ["b", "a"]);
    await rm(rig.windows.folder);
    await runToEnd(core, "echo", "c");
    await core.journal?.flush();
    assert.deepEqual(rig.texts(), ["The history could not be written", "The history can be written again"]);
    assert.deepEqual(await firstArguments(await rig.windows.reopen(core)), ["c", "b", "a"]);
  });

  it("retries one second after the last attempt, and not before", async () => {
    clock = TestClock.stopped();
    let isFull = true;
    let attempts = 0;
    const fail = (): Promise<void> => {
      attempts++;
      return Promise.reject(new Error("ENOSPC"));
    };
    const { core, journal } = await rig.open(failing(() => (isFull ? fail : undefined)));
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
    await until(() => rig.texts().includes("The history can be written again"));
    assert.deepEqual(await firstArguments(await rig.windows.open()), ["c", "b", "a"]);
  });

  it("delays lines after a failure by a second, too", async () => {
    clock = TestClock.stopped();
    await writeFile(rig.windows.folder, "in the way");
    const core = await rig.windows.open({ journal: { logger: rig.logger } });
    await until(() => rig.texts().includes("The history could not be written"));
    await rm(rig.windows.folder);
    await runToEnd(core, "echo", "a");
    clock.pass(999);
    await untilDiskIsQuiet();
    assert.deepEqual(rig.texts(), ["The history could not be written"]);
    clock.pass(1);
    await until(() => rig.texts().includes("The history can be written again"));
  });

  it("continues in a new file after an incomplete line", async () => {
    let isFull = false;
    const halfOf = async ({ path }: Segment, bytes: Uint8Array): Promise<void> => {
      await writeFile(path, bytes.subarray(0, bytes.length / 2), { flag: "a" });
      throw new Error("ENOSPC: no space left on device");
    };
    const { core, journal } = await rig.open(failing(() => (isFull ? halfOf : undefined)));
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
    const [torn = "", ...rest] = await rig.windows.files();
    assert.ok(!(await readFile(torn, "utf8")).endsWith("\n"));
    assert.ok(rest.length > 0);
    const later = await rig.windows.open();
    assert.deepEqual(await firstArguments(later), ["d", "c", "b", "a"]);
    for (const { id } of await listAll(later)) {
      const types = (await later.history.getRun(id)).events.map(({ type }) => type);
      assert.deepEqual(types, ["command-started", "command-completed"], id);
    }
    assert.ok(rig.texts().includes("The history could not be written") && last !== "");
  });

  it("does not create a file for each attempt", async () => {
    let isFull = false;
    const fail = (): Promise<void> => Promise.reject(new Error("ENOSPC"));
    const { core, journal } = await rig.open(failing(() => (isFull ? fail : undefined)));
    await runToEnd(core, "echo", "a");
    await journal.flush();
    isFull = true;
    await runToEnd(core, "echo", "b");
    for (let attempt = 0; attempt < 20; attempt++) await journal.flush();
    assert.equal((await rig.windows.files()).length, 1);
    isFull = false;
    await journal.flush();
    await journal.dispose();
    assert.deepEqual(await firstArguments(await rig.windows.open()), ["b", "a"]);
  });

  it("loses nothing on a full device", async function () {
    const device = await open("/dev/full", "a").catch(() => this.skip());
    let isFull = true;
    const toDevice = async (_segment: Segment, bytes: Uint8Array): Promise<void> => device.appendFile(bytes);
    const { core, journal } = await rig.open(failing(() => (isFull ? toDevice : undefined)));
    await runToEnd(core, "echo", "a");
    await journal.flush();
    await device.close();
    assert.match(JSON.stringify(rig.logged[0]), /ENOSPC/);
    isFull = false;
    await runToEnd(core, "echo", "b");
    await journal.dispose();
    assert.deepEqual(await firstArguments(await rig.windows.open()), ["b", "a"]);
  });

  it("continues when its folder is removed, and records running executions again", async () => {
    const agent = new FakeAgent();
    const asked = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      context.output("said before ");
      asked.resolve();
      await new Promise(() => undefined);
      return { kind: "completed" };
    };
    const core = await rig.windows.open({ agent });
    await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["prompt"] });
    await asked.promise;
    core.outputs.flush();
    await core.journal?.flush();
    await rm(rig.windows.folder, { recursive: true });
    await runToEnd(core, "echo", "after");
    await core.journal?.flush();
    const records = await listAll(await rig.windows.open());
    assert.deepEqual(
      records.map(({ args, output }) => [args[0], output]),
      [
        ["after", "after"],
        ["prompt", "said before "],
      ],
    );
  });
});
