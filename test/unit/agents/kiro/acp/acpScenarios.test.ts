import assert from "node:assert/strict";
import { type Logger, silentLogger } from "../../../../../src/base/logger.ts";
import type { TurnEnd } from "../../../../../src/agents/agent.ts";
import { AcpAgent } from "../../../../../src/agents/kiro/acp/acpAgent.ts";
import type { AcpOptions } from "../../../../../src/agents/kiro/acp/startAcp.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { deniedText, expectedAnswer } from "../../../../fixtures/simulator/answers.ts";
import { fake } from "../../../../fixtures/simulator/directive.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";
import { acpOptions, choose, generousLimits, HeardTurn, withAgent } from "./simulatedAcp.ts";
import { SimulatorLog } from "./simulatorLog.ts";

const WORDS = 20;
const ended: TurnEnd = { kind: "ended", stopReason: "end_turn", usage: { credits: 0.02, contextPercent: 2.5 } };
const never = new AbortController().signal;

describe("ACP with the simulator", () => {
  const log = new SimulatorLog();
  const clocks: TestClock[] = [];
  afterEach(() => {
    for (const clock of clocks.splice(0)) clock.release();
  });
  after(() => log.assertAllGone());

  const options = (env: Record<string, string> = {}, more: Partial<AcpOptions> = {}): AcpOptions =>
    acpOptions({ ...log.env, ...env }, more);

  describe("in a process that keeps running", () => {
    const harmless: readonly (readonly [scenario: string, meaning: string])[] = [
      ["normal", "takes the whole answer"],
      ["long", "takes a long answer uncut"],
      ["marker-in-text", "takes markers and time lines in the text for text"],
      ["error-quoted", "takes a quoted error for text"],
      ["tool-trusted", "hears of tools and takes the answer behind them"],
      ["multi-marker", "joins the text before and after a tool"],
      ["no-text", "ends a turn without text"],
      ["unknown-update", "lives with update kinds of tomorrow"],
      ["discard", "forgets what the CLI takes back"],
      ["thought", "leaves thoughts out of the answer"],
      ["stdout-noise", "skips lines that are no messages"],
      ["split", "reads lines and characters that are cut anywhere"],
      ["bad-id", "ignores answers to nothing and second answers"],
      ["v3", "understands the third engine's turn"],
    ];

    it("receives every kind of answer completely, one after the other", async () => {
      await withAgent(options(), async ({ agent }) => {
        for (const [index, [scenario, meaning]] of harmless.entries()) {
          const prompt = `Question ${index} ${fake(scenario, { words: scenario === "long" ? 2000 : WORDS })}`;
          const turn = new HeardTurn();
          assert.deepEqual(await agent.prompt(prompt, turn, never), ended, meaning);
          assert.equal(turn.stdout, answerTo(index + 1, prompt, scenario), meaning);
        }
        assert(agent.isUsable);
      });
    });

    it("drops text that comes after the end, also when the next prompt is sent immediately", async () => {
      let dropped = 0;
      const logger: Logger = { ...silentLogger, warn: () => void dropped++ };
      await withAgent(options({}, { settleMs: 100, logger }), async ({ agent }) => {
        const clock = TestClock.stopped();
        clocks.push(clock);
        for (const number of [1, 2, 3]) {
          const prompt = `Question ${number} ${fake("update-after-end")}`;
          const turn = new HeardTurn();
          const work = agent.prompt(prompt, turn, never);
          await until(() => dropped === number - 1, "the late text of the turn before");
          clock.pass(100);
          assert.deepEqual(await work, ended);
          assert.equal(turn.stdout, expectedAnswer(number, prompt, WORDS));
        }
      });
    });

    it("reports the CLI's error, and continues", async () => {
      await withAgent(options(), async ({ agent }) => {
        await assert.rejects(agent.prompt(fake("error"), new HeardTurn(), never), (error: unknown) => {
          assert(error instanceof BridgeError);
          assert.equal(error.code, "COMMAND_EXECUTION_FAILED");
          assert.match(error.message, /Internal error: Failed to send the request: dispatch failure/u);
          return true;
        });
        const turn = new HeardTurn();
        assert.deepEqual(await agent.prompt("And now", turn, never), ended);
        assert.equal(turn.stdout, expectedAnswer(2, "And now", WORDS));
      });
    });

    it("passes the stop reason on unchanged", async () => {
      await withAgent(options(), async ({ agent }) => {
        const end = await agent.prompt(fake("normal", { stop: "max_tokens" }), new HeardTurn(), never);
        assert.deepEqual(end, { ...ended, stopReason: "max_tokens" });
      });
    });

    it("drops a line of 40 MB, keeps one of 9 MB, and marks the answer as truncated", async () => {
      await withAgent(options(), async ({ agent }) => {
        const turn = new HeardTurn();
        const end = await agent.prompt(fake("big-line"), turn, never);
        assert.deepEqual(end, { ...ended, isTruncated: true });
        assert.equal(turn.stdout.length, 9 * 1024 * 1024);
        const next = new HeardTurn();
        assert.deepEqual(await agent.prompt("Next", next, never), ended);
        assert.equal(next.stdout, expectedAnswer(2, "Next", WORDS));
      });
    });

    it("is not blocked by floods on both outputs", async () => {
      await withAgent(options(), async ({ agent }) => {
        const bytes = 8 * 1024 * 1024;
        const flood = new HeardTurn();
        assert.deepEqual(await agent.prompt(fake("flood", { bytes }), flood, never), ended);
        assert.equal(flood.stdout.length, bytes);
        const prompt = `Loud ${fake("stderr-flood", { bytes })}`;
        const turn = new HeardTurn();
        assert.deepEqual(await agent.prompt(prompt, turn, never), ended);
        assert.equal(turn.stdout, expectedAnswer(2, prompt, WORDS));
      });
    });
  });

  describe("asked for permission", () => {
    it("asks with the CLI's names and applies the chosen kind, in every order and engine", async () => {
      for (const env of [{}, { FAKE_KIRO_SCENARIO: "v3" }]) {
        await withAgent(options(env), async ({ agent }) => {
          for (const [index, scenario] of ["tool", "perm-order", "perm-twice"].entries()) {
            const prompt = `May I ${fake(scenario)}`;
            const turn = new HeardTurn(choose("allow_once"));
            assert.deepEqual(await agent.prompt(prompt, turn, never), ended);
            assert.equal(turn.stdout, answerTo(2 * index + 1, prompt, scenario));
            assert.equal(turn.questions.length, scenario === "perm-twice" ? 2 : 1);
            assert.equal(turn.questions[0]?.prompt, "Kiro asks for permission: Running: npm test (execute)\nnpm test");
            assert.deepEqual(turn.toolCalls.at(-1)?.status, "completed");
            const denied = new HeardTurn();
            assert.deepEqual(await agent.prompt(prompt, denied, never), ended);
            assert.equal(denied.stdout, deniedText);
            assert.equal(denied.toolCalls.at(-1)?.status, "failed");
          }
        });
      }
      const replies = new Set(log.records("permission").map(({ reply }) => reply));
      assert.deepEqual(replies, new Set(["allow_once", "reject_once"]));
    });

    it("asks no more after allow_always", async () => {
      await withAgent(options(), async ({ agent }) => {
        const turn = new HeardTurn(choose("allow_always"));
        await agent.prompt(fake("tool"), turn, never);
        await agent.prompt(fake("tool"), turn, never);
        assert.equal(turn.questions.length, 1);
      });
    });

    it("pauses the inactivity clock during a question", async () => {
      await withAgent(options(), async ({ agent }) => {
        const clock = new TestClock();
        clocks.push(clock);
        const slowly = new HeardTurn((question) => {
          clock.pass(generousLimits.inactivityMs + 1);
          return choose("allow_once")(question);
        });
        assert.deepEqual(await agent.prompt(fake("tool"), slowly, never), ended);
      });
    });

    it("answers `cancelled`, and nothing else, when the turn is cancelled over the question", async () => {
      await withAgent(options(), async ({ agent }) => {
        const cancel = new AbortController();
        const turn = new HeardTurn(() => {
          cancel.abort();
          return new Promise(() => undefined);
        });
        const end = await agent.prompt(fake("tool"), turn, cancel.signal);
        assert.deepEqual(end, { kind: "cancelled", how: "cooperative" });
        assert.equal(log.records("permission").at(-1)?.["reply"], "cancelled");
        assert(agent.isUsable);
      });
    });

    it("answers a question after the cancel in the same way", async () => {
      await withAgent(options({ FAKE_KIRO_CHUNK_MS: "5" }), async ({ agent }) => {
        const cancel = new AbortController();
        const turn = new HeardTurn();
        const work = agent.prompt(fake("perm-cancel"), turn, cancel.signal);
        await turn.heard("more-1-2");
        cancel.abort();
        assert.deepEqual(await work, { kind: "cancelled", how: "cooperative" });
        assert.deepEqual(turn.questions, []);
      });
    });
  });

  it("fails a turn whose agent the CLI does not know, and drops the text of the other agent", async () => {
    await withAgent(options(), async ({ agent }) => {
      const turn = new HeardTurn();
      await assert.rejects(agent.prompt(fake("ext"), turn, never), /does not know the agent 'missing'/u);
      assert.equal(turn.stdout, "");
      assert(!agent.isUsable);
    });
  });

  it("sends no prompt to another agent that the CLI reports while the connection settles", async () => {
    await withAgent(options(), async ({ agent }) => {
      assert(agent instanceof AcpAgent);
      await agent.prompt("One", new HeardTurn(), never);
      const turn = new HeardTurn();
      const work = agent.prompt("Two", turn, never);
      agent.notification("_kiro.dev/agent/not_found", { requestedAgent: "missing" });
      await assert.rejects(work, /does not know the agent 'missing'/u);
      assert.deepEqual([turn.hasBegun, turn.stdout, agent.isUsable], [false, "", false]);
    });
  });

  it("rejects two turns at once", async () => {
    await withAgent(options(), async ({ agent }) => {
      const first = agent.prompt("One", new HeardTurn(), never);
      await assert.rejects(agent.prompt("Two", new HeardTurn(), never), { code: "INTERNAL_ERROR" });
      assert.deepEqual(await first, ended);
    });
  });
});

/** Floods and denied tools have texts of their own; `no-text` has none, `multi-marker` is whole. */
function answerTo(turn: number, prompt: string, scenario: string): string {
  return scenario === "no-text" ? "" : expectedAnswer(turn, prompt, WORDS);
}
