import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import type { Segment } from "../../../../src/history/journal/journalSegment.ts";
import type { FakeAgent } from "../../../support/fakePorts.ts";
import { firstArguments, listAll, runToEnd } from "../../../support/historyWindows.ts";
import { failing, FailingJournals } from "../../../unit/history/journal/failingJournals.ts";

const MEBI = 1024 * 1024;
/** What may wait for a disk. */
const MAX_WAITING = 32 * MEBI;

describe("The backlog of the journal", () => {
  let rig: FailingJournals;

  beforeEach(async () => {
    rig = await FailingJournals.create();
  });

  afterEach(async () => {
    await rig.dispose();
  });

  it("is bounded while the disk is missing or slow, and reports the lost lines", async () => {
    for (const kind of ["away", "slow"] as const) {
      const back = Promise.withResolvers<void>();
      let isAway = true;
      const wait = async (segment: Segment, bytes: Uint8Array): Promise<void> => {
        if (kind === "away") throw new Error("EIO");
        await back.promise;
        await segment.append(bytes);
      };
      const { core, journal } = await rig.open(failing(() => (isAway ? wait : undefined)));
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
      const size = await rig.windows.size();
      assert.ok(size > MAX_WAITING / 2 && size < MAX_WAITING + 3 * MEBI, `${kind}: ${size}`);
      const gaps = rig.logged.filter(([text]) => text.startsWith("The history has a gap"));
      assert.equal(gaps.length, 1, kind);
      assert.match(JSON.stringify(gaps[0]?.[1]), /"lines":\d+/);
      assert.match(await rig.windows.text(), /\{"t":"gap","at":"[^"]+","lines":\d+\}/);
      const left = await firstArguments(await rig.windows.open());
      assert.ok(left[0] === "after" && left.at(-1)?.startsWith("0 "), kind);
      await rm(rig.windows.folder, { recursive: true });
      rig.logged.length = 0;
    }
  });

  it("keeps room for the end of each run when outputs exceed the limit", async () => {
    let isAway = true;
    const fail = (): Promise<void> => Promise.reject(new Error("EIO"));
    const { core, journal } = await rig.open(failing(() => (isAway ? fail : undefined)));
    const agent = core.agent as FakeAgent;
    agent.turn = async (_task, context) => {
      for (let step = 0; step < 9; step++) context.output("x".repeat(100_000));
      return { kind: "completed" };
    };
    for (let count = 0; count < 60; count++) await runToEnd(core, "kiro.cli.chat", `${count}`);
    isAway = false;
    await journal.flush();
    await journal.dispose();
    const records = await listAll(await rig.windows.open());
    assert.deepEqual(
      records.map(({ args, status }) => `${args[0]} ${status}`),
      Array.from({ length: 60 }, (_, at) => `${59 - at} completed`),
    );
    assert.equal(records[0]?.contentTruncated, true);
  });
});
