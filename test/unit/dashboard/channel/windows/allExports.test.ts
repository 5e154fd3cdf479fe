import assert from "node:assert/strict";
import { dashboardDepsOf } from "../../../../../src/dashboard/channel/bridgeDeps.ts";
import type { ExportParts } from "../../../../../src/dashboard/channel/exportActions.ts";
import { FakeExports } from "../../../../support/exports/fakeExports.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../../support/windows/linkedBridges.ts";

const OWNER = "owner-window";
const MEMBER = "member-window";
const letter = { id: "l", at: "2026-11-20T09:00:00.000Z", reason: "Too large.", eventType: "command-completed" };
const settings = () => (key: string) => (key === "exports" ? [{ name: "archive", kind: "s3" }] : undefined);

describe("The exports of all windows", () => {
  let bridges: LinkedBridges;
  let [here, there] = [new FakeExports(), new FakeExports()];

  beforeEach(async () => {
    [here, there] = [new FakeExports(), new FakeExports()];
    bridges = await startLinkedBridges({
      owner: { settings, openExports: here.open },
      member: { settings, openExports: there.open },
    });
  });
  afterEach(() => bridges.dispose());

  const exportsOf = (home?: string): ExportParts =>
    dashboardDepsOf({ ...bridges.owner.core, windows: bridges.windows }, home).exports;
  const windowsOf = async (home?: string): Promise<readonly string[]> =>
    (await exportsOf(home).view()).destinations.map(({ windowId }) => windowId);

  it("are those of each window, that of the dashboard first, with each problem once", async () => {
    here.problems = ["kiroBridge.exports: other: kind"];
    there.problems = here.problems;
    assert.deepEqual(await windowsOf(), [OWNER, MEMBER]);
    assert.deepEqual(await windowsOf(MEMBER), [MEMBER, OWNER]);
    assert.deepEqual((await exportsOf().view()).problems, here.problems);
  });

  it("are tested, listed, sent again and removed in their window", async () => {
    there.deadLetterList.push(letter);
    here.deadLetterList.push(letter);
    const [own, other] = [OWNER, MEMBER].map((windowId) => ({ name: "archive", windowId }));
    assert.ok(own && other);
    const exports = exportsOf();
    assert.deepEqual([(await exports.test(own)).windowId, (await exports.test(other)).windowId], [OWNER, MEMBER]);
    assert.deepEqual((await exports.letters(other)).deadLetters, [letter]);
    assert.equal(await exports.replay(other), 1);
    assert.deepEqual([here.deadLetterList.length, there.deadLetterList.length], [1, 0]);
    there.deadLetterList.push(letter);
    await exports.removeLetters(other);
    assert.deepEqual([here.deadLetterList.length, there.deadLetterList.length], [1, 0]);
    assert.equal(await exports.replay(own), 1);
    assert.equal(here.deadLetterList.length, 0);
  });

  it("leave out a window that does not respond, and say so when it is to do something", async () => {
    bridges.link.end();
    assert.deepEqual(await windowsOf(), [OWNER]);
    await assert.rejects(exportsOf().test({ name: "archive", windowId: MEMBER }), { code: "KIRO_UNAVAILABLE" });
    await assert.rejects(exportsOf().test({ name: "archive", windowId: "never-there" }), { code: "KIRO_UNAVAILABLE" });
  });
});
