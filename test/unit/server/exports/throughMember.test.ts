import assert from "node:assert/strict";
import {
  deadLettersRemovedSchema,
  destinationListSchema,
  destinationTestSchema,
} from "../../../../src/protocol/exports/destinations.ts";
import { FakeExports } from "../../../support/exports/fakeExports.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../support/windows/linkedBridges.ts";

const settings = () => (key: string) => (key === "exports" ? [{ name: "archive", kind: "s3" }] : undefined);
const letter = { id: "l", at: "2026-11-20T09:00:00.000Z", reason: "Too large.", eventType: "command-completed" };

describe("/kiro/exports with several windows", () => {
  let bridges: LinkedBridges;
  let [here, there] = [new FakeExports(), new FakeExports()];
  beforeEach(async () => {
    [here, there] = [new FakeExports(), new FakeExports()];
    bridges = await startLinkedBridges({
      owner: { settings, openExports: here.open },
      member: { settings, openExports: there.open, folders: ["/work/there"] },
    });
  });
  afterEach(() => bridges.dispose());

  it("lists the destinations of all windows", async () => {
    there.problems = ["kiroBridge.exports: other: kind"];
    here.problems = there.problems;
    const list = async (query: string) => {
      const { json } = await bridges.owner.call(`/kiro/exports${query}`);
      const { destinations, problems } = destinationListSchema.parse(json);
      return [destinations.map(({ windowId }) => windowId).toSorted(), problems];
    };
    const own = bridges.owner.core.events.windowId;
    assert.deepEqual(await list(""), [["member-window", own].toSorted(), there.problems]);
    assert.deepEqual(await list("?windowId=member-window"), [["member-window"], there.problems]);
    assert.deepEqual(await list(`?windowId=${own}`), [[own], there.problems]);
  });

  it("tests, sends again and removes in the window that a request names", async () => {
    there.deadLetterList.push(letter);
    here.deadLetterList.push(letter);
    const tested = await bridges.owner.call("/kiro/exports/archive/test?windowId=member-window", { method: "POST" });
    assert.equal(destinationTestSchema.parse(tested.json).windowId, "member-window");
    const listed = await bridges.owner.call("/kiro/exports/archive/dead-letters?workspacePath=/work/there");
    assert.equal(listed.json["total"], 1);
    const path = "/kiro/exports/archive/dead-letters?windowId=member-window";
    const removed = await bridges.owner.call(path, { method: "DELETE" });
    assert.deepEqual(deadLettersRemovedSchema.parse(removed.json), { removed: 1 });
    assert.deepEqual([there.deadLetterList.length, here.deadLetterList.length], [0, 1]);
    const replay = "/kiro/exports/archive/replay?windowId=member-window";
    assert.deepEqual((await bridges.owner.call(replay, { method: "POST" })).json, { replayed: 0 });
  });
});
