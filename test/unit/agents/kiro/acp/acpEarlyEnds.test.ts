import assert from "node:assert/strict";
import type { TurnEnd } from "../../../../../src/agents/agent.ts";
import type { AcpOptions } from "../../../../../src/agents/kiro/acp/startAcp.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { isAlive } from "../../../../../src/core/processes.ts";
import { expectedAnswer } from "../../../../fixtures/simulator/answers.ts";
import { fake } from "../../../../fixtures/simulator/directive.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";
import { acpOptions, generousLimits, HeardTurn, withAgent } from "./simulatedAcp.ts";
import { SimulatorLog } from "./simulatorLog.ts";

const WORDS = 20;
const ended: TurnEnd = { kind: "ended", stopReason: "end_turn", usage: { credits: 0.02, contextPercent: 2.5 } };
const never = new AbortController().signal;

describe("ACP turns that end early, with the simulator", () => {
  const log = new SimulatorLog();
  const clocks: TestClock[] = [];
  afterEach(() => {
    for (const clock of clocks.splice(0)) clock.release();
  });
  after(() => log.assertAllGone());

  const options = (env: Record<string, string> = {}, more: Partial<AcpOptions> = {}): AcpOptions =>
    acpOptions({ ...log.env, ...env }, more);

  describe("when a turn has to end early", () => {
    it("cancels cooperatively, and the next prompt works in the same process", async () => {
      await withAgent(options({ FAKE_KIRO_CHUNK_MS: "5" }), async ({ agent }) => {
        const cancel = new AbortController();
        const turn = new HeardTurn();
        const work = agent.prompt(fake("cancel"), turn, cancel.signal);
        await turn.heard("more-1-2");
        cancel.abort();
        assert.deepEqual(await work, { kind: "cancelled", how: "cooperative" });
        const next = new HeardTurn();
        assert.deepEqual(await agent.prompt("Next", next, never), ended);
        assert.equal(next.stdout, expectedAnswer(2, "Next", WORDS));
      });
    });

    it("kills a process that ignores a cancel", async () => {
      const limits = { ...generousLimits, cancelMs: 100 };
      for (const scenario of ["cancel-ignored", "stall"]) {
        await withAgent(options({ FAKE_KIRO_CHUNK_MS: "5" }, { turnLimits: limits }), async ({ agent }) => {
          const cancel = new AbortController();
          const turn = new HeardTurn();
          const work = agent.prompt(fake(scenario), turn, cancel.signal);
          await turn.heard(scenario === "stall" ? "Answer" : "more-1-2");
          cancel.abort();
          assert.deepEqual(await work, { kind: "cancelled", how: "killed" });
          assert(!agent.isUsable);
          await assert.rejects(agent.prompt("Next", new HeardTurn(), never), { code: "KIRO_UNAVAILABLE" });
        });
      }
    });

    it("rejects with OPERATION_TIMEOUT without activity, keeps the text, and stays usable if the CLI obeys the cancel", async () => {
      for (const [scenario, isUsable] of [
        ["hang", true],
        ["stall", false],
      ] as const) {
        const limits = { ...generousLimits, ...(!isUsable && { cancelMs: 100 }) };
        await withAgent(options({}, { turnLimits: limits }), async ({ agent }) => {
          const clock = new TestClock();
          clocks.push(clock);
          const turn = new HeardTurn();
          const work = agent.prompt(`Wait ${fake(scenario)}`, turn, never);
          await turn.heard("Answer 1 to: Wait");
          clock.pass(limits.inactivityMs);
          await assert.rejects(work, { code: "OPERATION_TIMEOUT" });
          assert.match(turn.stdout, /^Answer 1 to: Wait/u);
          assert.equal(agent.isUsable, isUsable);
        });
      }
    });

    it("rejects with OPERATION_TIMEOUT when a turn never ends", async () => {
      const limits = { ...generousLimits, absoluteMs: 200 };
      await withAgent(options({ FAKE_KIRO_CHUNK_MS: "5" }, { turnLimits: limits }), async ({ agent }) => {
        await assert.rejects(agent.prompt(fake("cancel"), new HeardTurn(), never), { code: "OPERATION_TIMEOUT" });
        assert(agent.isUsable);
      });
    });

    it("rejects with the deadline of the caller", async () => {
      await withAgent(options({ FAKE_KIRO_CHUNK_MS: "5" }), async ({ agent }) => {
        const deadline = new AbortController();
        const turn = new HeardTurn();
        const work = agent.prompt(fake("cancel"), turn, deadline.signal);
        await turn.heard("more-1-1");
        const late = new BridgeError("OPERATION_TIMEOUT", "the caller's own");
        deadline.abort(late);
        await assert.rejects(work, late);
      });
    });

    it("does not send a prompt that was cancelled while it waited for the line to be quiet", async () => {
      await withAgent(options({}, { settleMs: 5000 }), async ({ agent }) => {
        await agent.prompt("First", new HeardTurn(), never);
        const cancel = new AbortController();
        const work = agent.prompt("Second", new HeardTurn(), cancel.signal);
        cancel.abort();
        assert.deepEqual(await work, { kind: "cancelled", how: "cooperative" });
        assert.equal(log.records("turn").at(-1)?.["prompt"], "First");
      });
    });
  });

  describe("when the process ends in mid-turn", () => {
    // No time may pass: neither a deadline nor the wait for a pipe that stays open is what tells.
    let clock: TestClock;
    beforeEach(() => {
      clock = new TestClock();
      clocks.push(clock);
    });

    it("fails the turn immediately, with the text so far, the exit code and the end of the error output", async () => {
      await withAgent(options(), async ({ agent }) => {
        const turn = new HeardTurn();
        const work = agent.prompt(`Break ${fake("crash", { exit: 139 })}`, turn, never);
        await turn.heard("Answer 1 to: Break");
        clock.stop();
        await assert.rejects(work, (error: unknown) => {
          assert(error instanceof BridgeError);
          assert.equal(error.code, "COMMAND_EXECUTION_FAILED");
          assert.equal(error.context?.["exitCode"], 139);
          return true;
        });
        assert(!agent.isUsable);
      });
    });

    it("does the same when the process is killed from outside", async () => {
      await withAgent(options({ FAKE_KIRO_CHUNK_MS: "5" }), async ({ agent }) => {
        const turn = new HeardTurn();
        const work = agent.prompt(fake("cancel"), turn, never);
        await turn.heard("more-1-2");
        clock.stop();
        process.kill(Number(log.records("start").at(-1)?.["pid"]), "SIGKILL");
        await assert.rejects(work, { code: "COMMAND_EXECUTION_FAILED" });
      });
    });

    it("treats an exit with code 0 as a crash, too, and does not wait for a grandchild that holds the output", async () => {
      await withAgent(options(), async ({ agent }) => {
        const work = agent.prompt(fake("orphan", { when: "middle" }), new HeardTurn(), never);
        const failed = assert.rejects(work, { code: "COMMAND_EXECUTION_FAILED" });
        await until(() => !isAlive(Number(log.records("start").at(-1)?.["pid"])), "the exit");
        clock.pass(2000);
        await failed;
      });
    });

    it("fails immediately when it is disposed", async () => {
      await withAgent(options({ FAKE_KIRO_CHUNK_MS: "5" }), async ({ agent }) => {
        const turn = new HeardTurn();
        const work = agent.prompt(fake("cancel"), turn, never);
        await turn.heard("more-1-2");
        await Promise.all([assert.rejects(work, { code: "KIRO_UNAVAILABLE" }), agent.dispose()]);
      });
    });
  });
});
