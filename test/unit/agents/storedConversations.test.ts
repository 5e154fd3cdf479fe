import assert from "node:assert/strict";
import { FRESH } from "../../../src/agents/sessions.ts";
import { until } from "../../support/until.ts";
import { setUpSessions, workspacePath } from "./sessionsRig.ts";

const place = { workspacePath, name: "work" };

describe("Conversations that agents store", () => {
  it("have the name and the owner of their session as their address, unless it is fresh", async () => {
    const { fakes, sessions, run } = setUpSessions();
    await run("work", "ok");
    await run(FRESH, "ok");
    assert.deepEqual(
      fakes.agents.map(({ request: { sessionId, place } }) => [sessionId, place]),
      [
        ["sess-1", { name: "work", ownerId: undefined }],
        ["sess-2", undefined],
      ],
    );
    await sessions.dispose();
  });

  it("are forgotten when their session is closed, also when its process has ended", async () => {
    const { fakes, sessions, run } = setUpSessions();
    await run("work", "ok");
    await sessions.find(place)?.yieldSlot();
    assert.deepEqual(fakes.forgotten, []);
    await sessions.close("work");
    assert.deepEqual([fakes.last.isDisposed, fakes.forgotten], [true, ["sess-1"]]);
  });

  it("begin again in a renewed session until an agent has started, and the old one is forgotten after its turn", async () => {
    const { fakes, sessions, run } = setUpSessions();
    const turn = run("work", "Long");
    await until(() => fakes.agents.length === 1 && fakes.last.prompts.length === 1);
    const old = fakes.last;
    sessions.renew(place);
    fakes.failure = new Error("not now");
    await assert.rejects(run("work", "ok"));
    fakes.failure = undefined;
    await run("work", "ok");
    const { agents } = fakes;
    assert.deepEqual(
      [agents.map(({ request }) => request.isNew), fakes.triedNew, fakes.forgotten],
      [[false, true], [false, true, true], []],
    );
    old.end();
    await turn;
    await until(() => fakes.forgotten.length === 1);
    assert.deepEqual(fakes.forgotten, ["sess-1"]);
    await sessions.find(place)?.yieldSlot();
    await run("work", "ok");
    assert.equal(fakes.last.request.isNew, false);
    await sessions.dispose();
  });

  it("stay when the bridge stops", async () => {
    const { fakes, sessions, run } = setUpSessions();
    await run("work", "ok");
    await sessions.dispose();
    assert.deepEqual([fakes.last.isDisposed, fakes.forgotten], [true, []]);
  });
});
