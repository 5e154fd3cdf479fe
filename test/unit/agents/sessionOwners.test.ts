import assert from "node:assert/strict";
import { keyOf, type SessionPlace } from "../../../src/agents/sessions.ts";
import { until } from "../../support/until.ts";
import { HeardTurn } from "./kiro/acp/simulatedAcp.ts";
import { never, setUpSessions, workspacePath } from "./sessionsRig.ts";

/** Sessions in which a prompt is sent for an owner; undefined: in shared sessions. */
function setUp(maxSessions = 10) {
  const { fakes, sessions } = setUpSessions({ maxSessions });
  const place = (name: string, ownerId?: string): SessionPlace => ({
    workspacePath,
    name,
    ...(ownerId !== undefined && { ownerId }),
  });
  const run = (name: string, ownerId?: string, prompt = "ok") =>
    sessions.run(place(name, ownerId), prompt, new HeardTurn(), never, () => undefined);
  const idsOf = (ownerId?: string): string[] => sessions.list(ownerId).map(({ id }) => id);
  return { fakes, sessions, place, run, idsOf };
}

describe("Sessions of several owners", () => {
  it("are separate conversations in separate processes, under the same name in the same folder", async () => {
    const { fakes, sessions, run, idsOf } = setUp();
    for (const ownerId of [undefined, "a", "b"]) {
      assert.equal((await run("default", ownerId)).isNewConversation, true);
      assert.equal((await run("default", ownerId)).isNewConversation, false);
    }
    assert.equal(fakes.agents.length, 3);
    assert.deepEqual(
      [idsOf(), idsOf("a"), idsOf("b"), idsOf("c")],
      [["sess-1", "sess-2", "sess-3"], ["sess-2"], ["sess-3"], []],
    );
    assert.deepEqual(
      sessions.list().map(({ principalId }) => principalId),
      [undefined, "a", "b"],
    );
  });

  it("cannot be found, continued or closed by the ID or the name by another owner", async () => {
    const { sessions, place, run, idsOf } = setUp();
    await run("default");
    await run("mine", "a");
    for (const id of ["sess-1", "sess-2"]) {
      const unknown = place(id, "b");
      assert.equal(sessions.locate(unknown, false), unknown, "as an ID that never existed");
      await assert.rejects(sessions.close(id, "b"), { code: "NOT_FOUND" });
    }
    await assert.rejects(sessions.close("mine", "b"), { code: "NOT_FOUND" });
    assert.equal(sessions.find(place("mine", "b")), undefined);
    assert.deepEqual(idsOf(), ["sess-1", "sess-2"]);
    const own = sessions.locate(place("sess-2", "a"), false);
    assert.equal(keyOf(own), keyOf(place("mine", "a")));
    assert.equal(await sessions.close("mine", "a"), "sess-2");
  });

  it("are found by those who share, by ID, and by name if no shared session has it", async () => {
    const { sessions, place, run } = setUp();
    await run("mine", "a");
    await run("both", "a");
    await run("both");
    assert.equal(keyOf(sessions.locate(place("sess-1"), false)), keyOf(place("mine", "a")));
    assert.equal(await sessions.close("both"), "sess-3");
    assert.equal(await sessions.close("mine"), "sess-1");
  });

  it("are not forgotten because another owner invents many names", async () => {
    const { sessions, place, idsOf } = setUp();
    sessions.open(place("default"));
    for (let count = 0; count < 300; count++) sessions.open(place(`name ${count}`, "a"));
    assert.ok(idsOf().includes("sess-1"));
    await until(() => idsOf("a").length <= 200);
  });

  it("take turns when all processes are busy", async () => {
    const { fakes, run } = setUp(1);
    const first = run("default", undefined, "talk");
    await until(() => fakes.agents.length === 1);
    const order: string[] = [];
    const wait = (name: string, ownerId: string) =>
      run(name, ownerId).then(() => void order.push(`${ownerId} ${name}`));
    const waiting = [wait("1", "a"), wait("2", "a"), wait("3", "a"), wait("1", "b")];
    fakes.last.end();
    await Promise.all([first, ...waiting]);
    assert.deepEqual(order, ["a 1", "b 1", "a 2", "a 3"]);
  });
});
