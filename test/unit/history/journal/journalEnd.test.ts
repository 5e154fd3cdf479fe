import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { listAll, runToEnd } from "../../../support/historyWindows.ts";
import { recordOf } from "../../../../src/history/executionRecord.ts";
import { FailingJournals } from "./failingJournals.ts";

describe("The journal at its end", () => {
  let rig: FailingJournals;

  beforeEach(async () => {
    rig = await FailingJournals.create();
  });

  afterEach(async () => {
    await rig.dispose();
  });

  it("rejects a clear that has not removed anything", async () => {
    const core = await rig.windows.open();
    await runToEnd(core, "echo", "a");
    await core.journal?.flush();
    const [file = ""] = await rig.windows.files();
    // Nobody can remove a file from a folder that is not there any more.
    await rm(rig.windows.folder, { recursive: true });
    await writeFile(rig.windows.folder, "in the way");
    await assert.rejects(core.history.clear(), /^Error: The history could not be cleared: E/);
    await rm(rig.windows.folder);
    await mkdir(dirname(file), { recursive: true });
    await core.history.clear();
  });

  it("writes all pending lines and buffered output when it is disposed", async () => {
    const agent = new FakeAgent();
    const speaking = Promise.withResolvers<void>();
    agent.turn = async (_task, context) => {
      context.output("half an answer");
      speaking.resolve();
      return new Promise(() => undefined);
    };
    const core = await rig.windows.open({ agent });
    const asked = await core.dispatcher.submit({ command: "kiro.cli.chat", args: ["prompt"] });
    await speaking.promise;
    for (let count = 0; count < 100; count++) await runToEnd(core, "echo", `${count}`);
    await rig.windows.close(core);
    const later = await rig.windows.open();
    assert.equal((await listAll(later)).length, 101);
    assert.deepEqual(await later.history.get(asked.id), recordOf(asked));
    assert.equal(asked.output.text, "half an answer");
    assert.ok(asked.isSettled);
  });

  it("logs a warning if it is disposed and the last lines cannot be written", async () => {
    await writeFile(rig.windows.folder, "in the way");
    const core = await rig.windows.open({ journal: { logger: rig.logger } });
    await runToEnd(core, "echo", "a");
    await rig.windows.close(core);
    assert.deepEqual(rig.texts(), [
      "The history could not be written",
      "The last lines of the history could not be written",
    ]);
    assert.equal(await readFile(join(rig.windows.folder), "utf8"), "in the way");
  });
});
