import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import { HeardTurn } from "./kiro/acp/simulatedAcp.ts";
import { never, setUpSessions, workspacePath } from "./sessionsRig.ts";

describe("A session", () => {
  for (const { end, fate, shown, resumeId } of [
    { end: "crash", fate: "crashed", shown: "sleeping", resumeId: undefined },
    { end: "yield", fate: "gives up its slot", shown: "idle", resumeId: "cli-1" },
  ]) {
    it(`queues a prompt until the process that ${fate} is gone`, async () => {
      const { fakes, run, sessions } = setUpSessions();
      await run("default", "ok");
      const first = fakes.last;
      const gone = Promise.withResolvers<void>();
      first.ending = gone.promise;
      if (end === "crash") await assert.rejects(run("default", "crash"));
      else void sessions.find({ workspacePath, name: "default" })?.yieldSlot();
      await until(() => first.isDisposed);
      const { state, transport } = sessions.list()[0] ?? {};
      assert.deepEqual([state, transport, sessions.live], [shown, undefined, 1]);
      const next = run("default", "ok");
      await new Promise(setImmediate);
      assert.deepEqual([sessions.list()[0]?.state, fakes.attempts], ["starting", 1]);
      gone.resolve();
      assert.equal((await next).end.kind, "ended");
      assert.deepEqual([fakes.attempts, fakes.last.request.resumeId, sessions.live], [2, resumeId, 1]);
    });
  }

  it("is final when closed: rejects prompts, and each close waits for the process to end", async () => {
    const { fakes, run, sessions, states } = setUpSessions();
    await run("default", "ok");
    const session = sessions.open({ workspacePath, name: "default" });
    const gone = Promise.withResolvers<void>();
    fakes.last.ending = gone.promise;
    let closed = 0;
    const closing = [session.close(), session.close()].map((close) => close.then(() => closed++));
    await until(() => fakes.last.isDisposed);
    await assert.rejects(session.run("ok", new HeardTurn(), never), { code: "NOT_FOUND" });
    assert.deepEqual([states.at(-1), session.cancel(), closed, sessions.live], ["sess-1 closed", false, 0, 1]);
    gone.resolve();
    await Promise.all(closing);
    await session.yieldSlot();
    assert.deepEqual([session.state, session.isIdle, sessions.live, fakes.attempts], ["closed", false, 0, 1]);
  });
});
