import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyOf } from "../../../src/agents/sessions.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { until } from "../../support/until.ts";
import { setUpSessions, workspacePath } from "./sessionsRig.ts";
import { causeOf } from "../../../src/protocol/unavailable.ts";

describe("Sessions", () => {
  it("keep one process each, and report every state", async () => {
    const { fakes, states, run, sessions } = setUpSessions();
    const first = await run("default", "ok");
    const second = await run("default", "ok");
    assert.equal(fakes.agents.length, 1);
    assert.deepEqual([first.isNewConversation, second.isNewConversation], [true, false]);
    assert.deepEqual(states.slice(0, 3), ["sess-1 starting", "sess-1 busy", "sess-1 idle"]);
    const [record] = sessions.list();
    assert.deepEqual(
      [record?.id, record?.name, record?.state, record?.turns, record?.transport],
      ["sess-1", "default", "idle", 2, "acp"],
    );
  });

  it("replace the process when a better transport is available, without counting a restart", async () => {
    const { fakes, run, sessions } = setUpSessions();
    await run("default", "ok");
    fakes.isOutdated = true;
    await run("default", "ok");
    assert.equal(fakes.agents.length, 2);
    assert.equal(fakes.agents[0]?.isDisposed, true);
    fakes.isOutdated = false;
    await run("default", "ok");
    assert.equal(fakes.agents.length, 2);
    assert.deepEqual([sessions.list()[0]?.restarts, sessions.live], [0, 1]);
  });

  it("are the same for two paths to the same folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "kiro-link-"));
    try {
      symlinkSync(workspacePath, join(folder, "link"));
      const { sessions } = setUpSessions();
      const place = { workspacePath: join(folder, "link"), name: "default" };
      assert.equal(keyOf(place), keyOf({ workspacePath, name: "default" }));
      assert.equal(sessions.open(place), sessions.open({ workspacePath, name: "default" }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("reject two turns at once in one session", async () => {
    const { fakes, run } = setUpSessions();
    const first = run("default", "talk");
    await assert.rejects(run("default", "talk"), { code: "CONFLICT" });
    await until(() => fakes.agents.length === 1);
    fakes.last.end();
    assert.equal((await first).end.kind, "ended");
  });

  it("stop the process that has been idle the longest when there are too many, and resume its session later", async () => {
    const { fakes, run, sessions } = setUpSessions();
    for (const name of ["a", "b", "a", "c"]) await run(name, "ok");
    assert.equal(fakes.alive, 2);
    assert.deepEqual(
      sessions.list().map(({ name, state }) => `${name} ${state}`),
      ["a idle", "b sleeping", "c idle"],
    );
    const again = await run("b", "ok");
    assert.equal(fakes.last.request.resumeId, "cli-2");
    assert.equal(again.isNewConversation, false);
    assert.equal(fakes.alive, 2);
  });

  it("queue a turn in order of arrival when all processes are busy", async () => {
    const { fakes, run, sessions } = setUpSessions({ maxSessions: 1 });
    const first = run("a", "talk");
    await until(() => fakes.agents.length === 1);
    const order: string[] = [];
    const waiting = ["b", "c"].map((name) => run(name, "ok").then(() => order.push(name)));
    assert.equal(sessions.live, 1);
    fakes.last.end();
    await Promise.all([first, ...waiting]);
    assert.deepEqual(order, ["b", "c"]);
    assert.equal(fakes.alive, 1);
  });

  it("cancel or time out a queued turn without starting it", async () => {
    const { fakes, run } = setUpSessions({ maxSessions: 1 });
    const first = run("a", "talk");
    await until(() => fakes.agents.length === 1);
    const cancel = new AbortController();
    const deadline = new AbortController();
    const waiting = [run("b", "ok", cancel.signal), run("c", "ok", deadline.signal)] as const;
    cancel.abort();
    deadline.abort(new BridgeError("OPERATION_TIMEOUT"));
    assert.deepEqual((await waiting[0]).end, { kind: "cancelled", how: "dequeued" });
    await assert.rejects(waiting[1], { code: "OPERATION_TIMEOUT" });
    fakes.last.end();
    await first;
    assert.equal(fakes.agents.length, 1);
  });

  it("have their own process when fresh, which ends with the turn", async () => {
    const { fakes, run, sessions } = setUpSessions();
    await run("fresh", "ok");
    await run("fresh", "ok");
    await until(() => fakes.alive === 0 && sessions.list().length === 0);
    assert.equal(fakes.agents.length, 2);
  });

  it("replace a crashed process before the next turn, and never resend its prompt", async () => {
    const { fakes, run, sessions } = setUpSessions();
    await run("default", "ok");
    await assert.rejects(run("default", "crash"), /the fake crashed/u);
    const next = await run("default", "ok");
    assert.equal(next.isNewConversation, true);
    assert.deepEqual(
      fakes.agents.map(({ prompts }) => prompts),
      [["ok", "crash"], ["ok"]],
    );
    assert.equal(fakes.agents[0]?.isDisposed, true);
    assert.equal(fakes.last.request.resumeId, undefined);
    assert.equal(sessions.list()[0]?.restarts, 1);
  });

  it("resume the conversation of a process that ended while idle", async () => {
    const { fakes, run } = setUpSessions();
    await run("default", "ok");
    fakes.last.isUsable = false;
    const next = await run("default", "ok");
    assert.equal(fakes.last.request.resumeId, "cli-1");
    assert.deepEqual([fakes.agents.length, next.isNewConversation], [2, false]);
  });

  it("stop starting a CLI that crashes repeatedly, and report it", async () => {
    const { fakes, run, sessions } = setUpSessions();
    for (let count = 0; count < 3; count++) await assert.rejects(run("default", "crash"), /the fake crashed/u);
    await assert.rejects(run("default", "ok"), (error: unknown) => {
      assert(error instanceof BridgeError);
      assert.deepEqual([error.context?.["reason"], causeOf(error)], ["not_running", "cli-restarting"]);
      assert.match(error.message, /crashed 3 times in a row/u);
      return true;
    });
    assert.equal(fakes.attempts, 3);
    assert.equal(sessions.list()[0]?.crashes, 3);
    assert.equal((await run("another", "ok")).end.kind, "ended");
    sessions.renew({ workspacePath, name: "default" });
    assert.equal((await run("default", "ok")).end.kind, "ended");
  });

  it("cancel the turn of a session by name", async () => {
    const { fakes, run, sessions } = setUpSessions();
    const work = run("default", "talk");
    await until(() => fakes.agents.length === 1 && fakes.last.prompts.length === 1);
    assert.equal(sessions.find({ workspacePath, name: "default" })?.cancel(), true);
    assert.deepEqual((await work).end, { kind: "cancelled", how: "cooperative" });
    assert.equal(sessions.find({ workspacePath, name: "default" })?.cancel(), false);
  });

  it("start a new conversation on request, while the old turn continues to its end", async () => {
    const { fakes, run, sessions } = setUpSessions();
    const old = run("default", "talk");
    await until(() => fakes.agents.length === 1 && fakes.last.prompts.length === 1);
    const renewed = sessions.renew({ workspacePath, name: "default" });
    assert.equal(renewed.id, "sess-2");
    const first = fakes.last;
    assert.equal((await run("default", "ok")).end.kind, "ended");
    first.end();
    assert.equal((await old).end.kind, "ended");
    await until(() => first.isDisposed && sessions.list().length === 1);
    assert.equal(sessions.list()[0]?.id, "sess-2");
  });

  it("close on request with their turn, and are then not found", async () => {
    const { fakes, run, sessions, states } = setUpSessions();
    const work = run("default", "talk");
    await until(() => fakes.agents.length === 1 && fakes.last.prompts.length === 1);
    await sessions.close("sess-1");
    assert.deepEqual((await work).end, { kind: "cancelled", how: "cooperative" });
    assert.equal(fakes.alive, 0);
    assert.equal(states.at(-1), "sess-1 closed");
    await assert.rejects(sessions.close("sess-1"), { code: "NOT_FOUND" });
    assert.equal((await run("default", "ok")).end.kind, "ended");
    assert.equal(fakes.agents.length, 2);
  });

  it("close by name where only one has it, by id where several do", async () => {
    const { sessions } = setUpSessions();
    const folders = [workspacePath, tmpdir()];
    const [first, second] = folders.map((folder) => sessions.open({ workspacePath: folder, name: "mine" }));
    const other = sessions.open({ workspacePath, name: "other" });
    await assert.rejects(sessions.close("mine"), { code: "CONFLICT", context: { sessionIds: ["sess-1", "sess-2"] } });
    assert.equal(await sessions.close(second?.id ?? ""), "sess-2");
    assert.equal(await sessions.close("mine"), first?.id);
    await assert.rejects(sessions.close("mine"), { code: "NOT_FOUND" });
    assert.equal(await sessions.close("other"), other.id);
  });

  it("close by name without regard to one of this name that was replaced, and whose process is about to end", async () => {
    const { fakes, run, sessions } = setUpSessions();
    await run("mine", "ok");
    const ending = Promise.withResolvers<void>();
    fakes.last.ending = ending.promise;
    const renewed = sessions.renew({ workspacePath, name: "mine" });
    await until(() => fakes.last.isDisposed);
    assert.equal(sessions.list().length, 2);
    assert.equal(await sessions.close("mine"), renewed.id);
    ending.resolve();
    await until(() => sessions.list().length === 0);
  });

  it("are found by their id where a name is expected", () => {
    const { sessions } = setUpSessions();
    const session = sessions.open({ workspacePath, name: "mine" });
    const byId = { workspacePath: tmpdir(), name: session.id };
    const place = { workspacePath: session.workspacePath, name: "mine" };
    assert.deepEqual(sessions.locate(byId, false), place);
    assert.deepEqual(sessions.locate({ workspacePath, name: session.id }, true), place);
    assert.deepEqual(sessions.locate(byId, true), byId, "in the folder that was chosen there is no such session");
    assert.deepEqual(sessions.locate({ workspacePath, name: "sess-9" }, false), { workspacePath, name: "sess-9" });
    sessions.open(byId);
    assert.deepEqual(sessions.locate(byId, false), byId, "a name comes before an id");
  });

  it("all end immediately when disposed", async () => {
    const { fakes, run, sessions } = setUpSessions({ maxSessions: 3 });
    await run("idle", "ok");
    const works = [run("a", "talk"), run("b", "talk")].map((work) => work.catch((error: unknown) => error));
    await until(() => fakes.agents.length === 3);
    await sessions.dispose();
    await Promise.all(works);
    assert.equal(fakes.alive, 0);
    await assert.rejects(run("a", "ok"), { code: "KIRO_UNAVAILABLE" });
  });

  it("forget the oldest of many names", async () => {
    const { run, sessions } = setUpSessions({ maxSessions: 1 });
    for (let count = 0; count < 210; count++) await run(`name-${count}`, "ok");
    assert(sessions.list().length <= 201);
  });
});
