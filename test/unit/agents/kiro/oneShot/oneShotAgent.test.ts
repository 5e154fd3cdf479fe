import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { Agent, TurnEnd, TurnLimits } from "../../../../../src/agents/agent.ts";
import { oneShotStarter, type OneShotOptions } from "../../../../../src/agents/kiro/oneShot/oneShotAgent.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { expectedAnswer } from "../../../../fixtures/simulator/answers.ts";
import { fake, fakeSay } from "../../../../fixtures/simulator/directive.ts";
import { plainText } from "../../../../fixtures/simulator/text/rendering.ts";
import { TestClock } from "../../../../support/testClock.ts";
import { until } from "../../../../support/until.ts";
import { generousLimits, HeardTurn, simulator } from "../acp/simulatedAcp.ts";
import { SimulatorLog } from "../acp/simulatorLog.ts";

const WORDS = 20;
const forGood = new AbortController().signal;
const ended: TurnEnd = { kind: "ended", stopReason: "end_turn", exitCode: 0 };

describe("OneShotAgent", () => {
  let log: SimulatorLog;
  let clock: TestClock;
  beforeEach(() => {
    log = new SimulatorLog();
    clock = new TestClock();
  });
  afterEach(async () => {
    clock.release();
    await log.assertAllGone();
  });

  async function start(env: Record<string, string> = {}, more: Partial<OneShotOptions> = {}): Promise<Agent> {
    const options = {
      program: simulator({ ...log.env, ...env }),
      flags: [],
      turnLimits: generousLimits,
      logger: silentLogger,
      ...more,
    };
    return (await oneShotStarter(options)({ workspacePath: process.cwd() }, forGood)).agent;
  }

  async function answerTo(
    prompt: string,
    env: Record<string, string> = {},
    more: Partial<OneShotOptions> = {},
  ): Promise<string> {
    const agent = await start(env, more);
    const turn = new HeardTurn();
    assert.deepEqual(await agent.prompt(prompt, turn, forGood), ended);
    assert.equal(agent.isUsable, true);
    await agent.dispose();
    return turn.stdout;
  }

  async function failureOf(
    prompt: string,
    env: Record<string, string> = {},
    limits: Partial<TurnLimits> = {},
    turn = new HeardTurn(),
  ) {
    const agent = await start(env, { turnLimits: { ...generousLimits, ...limits } });
    const error = await agent.prompt(prompt, turn, forGood).then(
      () => assert.fail("the turn did not fail"),
      (error: unknown) => error,
    );
    await agent.dispose();
    assert.ok(error instanceof BridgeError);
    return { error, text: turn.stdout };
  }

  for (const scenarios of [
    ["normal", "split-marker", "split-utf8", "split-ansi", "marker-in-text", "late-tail", "stderr-first"],
    ["no-credits", "ansi-noise", "crlf", "nocolor", "error-quoted", "overflow", "stdin-slow", "orphan"],
  ]) {
    it(`returns the complete clean answer: ${scenarios.join(", ")}`, async () => {
      const answers = scenarios.map(async (scenario) => {
        const prompt = `Say é 日本 ${fake(scenario, { gapMs: 5 })}`;
        assert.equal(await answerTo(prompt), plainText(expectedAnswer(1, prompt, WORDS)), scenario);
      });
      await Promise.all(answers);
    });
  }

  it("omits start-up messages on the wrong stream", async () => {
    const text = await answerTo("Hi", { FAKE_KIRO_SCENARIO: "banner-noise" });
    assert.equal(text, plainText(expectedAnswer(1, "Hi", WORDS)));
  });

  it("reads an answer with its marker at the end, or without one", async () => {
    const prompt = "Hi";
    assert.equal(await answerTo(prompt, { FAKE_KIRO_SEED_MARKER: "end" }), expectedAnswer(1, prompt, WORDS));
  });

  it("does not truncate a long answer, and streams it", async () => {
    const agent = await start();
    const turn = new HeardTurn();
    const prompt = `Go on ${fake("long", { words: 1500 })}`;
    const done = agent.prompt(prompt, turn, forGood);
    await turn.heard("Answer 1");
    assert.deepEqual(await done, ended);
    assert.equal(turn.stdout, plainText(expectedAnswer(1, prompt)));
    await agent.dispose();
  });

  it("joins the segments of one answer and keeps the tool blocks, without markers", async () => {
    const text = await answerTo(`Do it ${fake("multi-marker")}`);
    assert.match(text, /^Answer 1 to: Do it\n.*\(using tool: shell\)\n.*Completed in 0\.5s\n\nt1/su);
    assert.doesNotMatch(text, /^> /mu);
    assert.match(await answerTo(`Do it ${fake("no-text")}`), /^I will run .*Completed in 0\.5s$/su);
  });

  it("sends the whole prompt by standard input, and nothing of it on the command line", async () => {
    const prompt = "first\n\n!second ``` line\\\n/third\n";
    await answerTo(`${prompt}é`, {}, { flags: ["--trust-tools=read,grep"] });
    const [begun] = log.records("start");
    assert.deepEqual(begun?.["argv"], ["chat", "--no-interactive", "--wrap", "never", "--trust-tools=read,grep"]);
    assert.equal(
      log
        .records("stdin")
        .map(({ line }) => line)
        .join("\n"),
      `${prompt}é`,
    );
  });

  it("resumes only on request, and only after a turn", async () => {
    const agent = await start({}, { resumes: true });
    for (const prompt of ["one", "two"]) await agent.prompt(prompt, new HeardTurn(), forGood);
    await agent.dispose();
    const flags = log.records("start").map(({ argv }) => Array.isArray(argv) && argv.includes("--resume"));
    assert.deepEqual(flags, [false, true]);
  });

  it("never lets a prompt run a command", async () => {
    const prompts = ["!touch /tmp/x", " \n!ls", "/quit", "@file", "\u200b!ls"];
    const texts = await Promise.all(prompts.map((prompt) => answerTo(`${prompt} ${fakeSay("fine")}`)));
    assert.deepEqual(
      texts,
      prompts.map(() => "fine"),
    );
    assert.deepEqual(log.records("shell"), []);
  });

  it("reports a crash in the middle of an answer, with the text so far", async () => {
    const { error, text } = await failureOf(`Hi ${fake("crash")}`);
    assert.equal(error.code, "COMMAND_EXECUTION_FAILED");
    assert.equal(error.context?.["exitCode"], 139);
    assert.match(text, /^Answer 1 to: Hi/u);
    const aborted = await failureOf(`Hi ${fake("crash", { exit: "abort" })}`);
    assert.equal(aborted.error.context?.["signal"], "SIGABRT");
  });

  it("reports why the CLI could not answer", async () => {
    for (const [scenario, code, words] of [
      ["logged-out", "KIRO_UNAVAILABLE", /kiro-cli login/u],
      ["crash-start", "COMMAND_EXECUTION_FAILED", /exit code 1/u],
      ["error-turn", "COMMAND_EXECUTION_FAILED", /exit code 1/u],
      ["permission", "COMMAND_EXECUTION_FAILED", /needs approval/u],
    ] as const) {
      const { error } = await failureOf("Hi", { FAKE_KIRO_SCENARIO: scenario });
      assert.equal(error.code, code, scenario);
      assert.match(error.message, words);
    }
  });

  it("recognizes the exit codes of the flag parser, of MCP and of an unknown agent", async () => {
    for (const [flags, code, words, scenario] of [
      [["--no-such-flag"], "KIRO_UNAVAILABLE", /does not support the required flags.*--no-such-flag/u, "normal"],
      [["--require-mcp-startup"], "COMMAND_EXECUTION_FAILED", /MCP server/u, "mcp-fail"],
      [["--agent", "missing"], "COMMAND_EXECUTION_FAILED", /does not know the requested agent/u, "normal"],
    ] as const) {
      const agent = await start({ FAKE_KIRO_SCENARIO: scenario }, { flags });
      const failed = agent.prompt("Hi", new HeardTurn(), forGood);
      await assert.rejects(
        failed,
        (error) => error instanceof BridgeError && error.code === code && words.test(error.message),
      );
    }
  });

  it("returns the model's own words when a denied tool is not an error", async () => {
    const env = { FAKE_KIRO_HEADLESS_DENY: "deny" };
    assert.match(await answerTo(`Hi ${fake("permission")}`, env), /The use of the tool was denied\.$/u);
    assert.match(
      await answerTo(`Hi ${fake("permission")}`, env, { flags: ["--trust-tools=shell"] }),
      /Answer 1 to: Hi/u,
    );
  });

  it("does not treat an empty output as an answer", async () => {
    const { error } = await failureOf(fakeSay("\n \n"));
    assert.equal(error.message, "Kiro CLI exited without an answer.");
  });

  for (const [scenario, begin] of [
    ["hang", "Answer 1 to:"],
    ["deaf", "Answer 1 to:"],
    ["permission", "I will run"],
  ] as const) {
    it(`times out without activity, keeps the text so far, and kills the group: ${scenario}`, async () => {
      const turn = new HeardTurn();
      const env = { FAKE_KIRO_HEADLESS_DENY: "hang" };
      const failing = failureOf(`Hi ${fake(scenario)}`, env, { cancelMs: 100 }, turn);
      await turn.heard(begin);
      clock.pass(generousLimits.inactivityMs);
      const { error, text } = await failing;
      assert.equal(error.code, "OPERATION_TIMEOUT");
      assert.equal(error.context?.["timeoutMs"], generousLimits.inactivityMs);
      assert.ok(text.startsWith(begin));
    });
  }

  it("counts the spinner as activity", async () => {
    const agent = await start();
    const turn = new HeardTurn();
    const slow = agent.prompt(`Hi ${fake("slow", { gapMs: 1200 })}`, turn, forGood);
    await turn.heard("Answer 1 to:");
    for (let passedMs = 0; passedMs < generousLimits.inactivityMs * 1.5; passedMs += generousLimits.inactivityMs / 2) {
      const { refreshes } = clock;
      await until(() => clock.refreshes > refreshes, "the next frame of the spinner");
      clock.pass(generousLimits.inactivityMs / 2);
    }
    assert.deepEqual(await slow, ended);
  });

  it("cancels by Ctrl-C, or by force", async () => {
    const ways = [
      ["hang", "cooperative"],
      ["deaf", "killed"],
    ] as const;
    const cancels = ways.map(async ([scenario, how]) => {
      const agent = await start({}, { turnLimits: { ...generousLimits, ...(how === "killed" && { cancelMs: 150 }) } });
      const turn = new HeardTurn();
      const cancel = new AbortController();
      const done = agent.prompt(`Hi ${fake(scenario)}`, turn, cancel.signal);
      await turn.heard("Answer 1");
      cancel.abort();
      assert.deepEqual(await done, { kind: "cancelled", how });
      assert.equal(agent.isUsable, true);
      await agent.dispose();
    });
    await Promise.all(cancels);
  });

  it("starts nothing if it is already cancelled", async () => {
    const agent = await start();
    const end = await agent.prompt("Hi", new HeardTurn(), AbortSignal.abort());
    assert.deepEqual(end, { kind: "cancelled", how: "cooperative" });
    assert.deepEqual(log.records("start"), []);
  });

  it("rejects with the caller's deadline", async () => {
    const agent = await start();
    const deadline = new BridgeError("OPERATION_TIMEOUT", "The caller's own.");
    const turn = new HeardTurn();
    const controller = new AbortController();
    const done = agent.prompt(`Hi ${fake("hang")}`, turn, controller.signal);
    await turn.heard("Answer 1");
    controller.abort(deadline);
    await assert.rejects(done, deadline);
  });

  it("accepts one prompt at a time, and none after its end", async () => {
    const agent = await start();
    const first = agent.prompt("one", new HeardTurn(), forGood);
    await assert.rejects(agent.prompt("two", new HeardTurn(), forGood), { code: "KIRO_UNAVAILABLE" });
    assert.deepEqual(await first, ended);
    await agent.dispose();
    assert.equal(agent.isUsable, false);
    await assert.rejects(agent.prompt("three", new HeardTurn(), forGood), { code: "KIRO_UNAVAILABLE" });
  });

  it("ends a running turn when it is disposed", async () => {
    const agent = await start();
    const turn = new HeardTurn();
    const done = agent.prompt(`Hi ${fake("hang")}`, turn, forGood);
    await turn.heard("Answer 1");
    await Promise.all([assert.rejects(done, { code: "COMMAND_EXECUTION_FAILED" }), agent.dispose()]);
  });

  it("abandons a CLI that does not read its prompt, within its limits", async () => {
    const env = { FAKE_KIRO_SCENARIO: "stdin-slow", FAKE_KIRO_GAP_MS: "10000" };
    const { error } = await failureOf("x".repeat(300_000), env, { inactivityMs: 500, cancelMs: 100 });
    assert.equal(error.code, "OPERATION_TIMEOUT");
  });

  it("reports a missing CLI", async () => {
    const program = { ...simulator(), command: join(mkdtempSync(join(tmpdir(), "none-")), "kiro-cli") };
    const agent = await start({}, { program });
    await assert.rejects(agent.prompt("Hi", new HeardTurn(), forGood), { code: "KIRO_UNAVAILABLE" });
    rmSync(join(program.command, ".."), { recursive: true });
  });
});
