import assert from "node:assert/strict";
import fc from "fast-check";
import { within } from "../../../../src/base/deadline.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { Agent, TurnEnd } from "../../../../src/kiro/agent.ts";
import type { PipeOptions } from "../../../../src/kiro/pipe/pipeAgent.ts";
import { pipeStarter } from "../../../../src/kiro/pipe/startPipe.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { expectedAnswer } from "../../../fixtures/simulator/answers.ts";
import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { plainText } from "../../../fixtures/simulator/rendering.ts";
import { generousLimits, HeardTurn, simulator } from "../acp/simulatedAcp.ts";
import { SimulatorLog } from "../acp/simulatorLog.ts";
import { quickStart } from "../quickStart.ts";

const WORDS = 20;
const forGood = new AbortController().signal;
const ended: TurnEnd = { kind: "ended", stopReason: "end_turn" };
const quick = { quietMs: 250, settleMs: 250 };

describe("PipeAgent", () => {
  let log: SimulatorLog;
  const agents: Agent[] = [];
  beforeEach(() => {
    log = new SimulatorLog();
  });
  afterEach(async () => {
    await Promise.all(agents.map((agent) => agent.dispose()));
    agents.length = 0;
    await log.assertAllGone();
  });

  async function start(env: Record<string, string> = {}, more: Partial<PipeOptions> = {}, signal = forGood): Promise<Agent> {
    const program = simulator({ ...quickStart, ...log.env, ...env });
    const readiness = { quietMs: 100 };
    const options = { program, flags: [], turnLimits: generousLimits, reader: quick, readiness, logger: silentLogger, ...more };
    const { agent } = await pipeStarter(options)({ workspacePath: process.cwd() }, signal);
    agents.push(agent);
    return agent;
  }

  async function answer(agent: Agent, prompt: string, turn = new HeardTurn()): Promise<string> {
    assert.deepEqual(await agent.prompt(prompt, turn, forGood), ended);
    return turn.stdout;
  }

  async function failure(agent: Agent, prompt: string, turn = new HeardTurn(), signal = forGood) {
    const error = await agent.prompt(prompt, turn, signal).then(
      () => assert.fail("the turn did not fail"),
      (error: unknown) => error,
    );
    assert.ok(error instanceof BridgeError);
    return { error, text: turn.stdout };
  }

  it("gives each turn its whole clean answer, in one process", async () => {
    const agent = await start({ FAKE_KIRO_SCENARIO: "banner-noise" });
    const scenarios = [
      ...["banner-noise", "split-marker", "split-utf8", "split-ansi", "marker-in-text", "late-tail", "stderr-first"],
      ...["ansi-noise", "crlf", "nocolor", "error-quoted", "overflow", "normal"],
    ];
    for (const [index, scenario] of scenarios.entries()) {
      const prompt = `Say é 日本 ${fake(scenario, { gapMs: 20 })}`;
      assert.equal(await answer(agent, prompt), plainText(expectedAnswer(index + 1, prompt, WORDS)), scenario);
    }
    assert.equal(agent.isUsable, true);
    assert.equal(log.records("start").length, 1);
  });

  it("does not cut a long answer with a pause in it, and streams it", async () => {
    const agent = await start();
    const turn = new HeardTurn();
    const prompt = `Go on ${fake("slow,long", { words: 800, gapMs: 900 })}`;
    const done = answer(agent, prompt, turn);
    await turn.heard("Answer 1");
    assert.ok(turn.stdout.length < 2000, "it came as a whole");
    assert.equal(await done, plainText(expectedAnswer(1, prompt)));
  });

  it("keeps a tail that is 300 ms late in its turn, with the silence that is the default", async () => {
    const agent = await start({}, { reader: {} });
    for (const turn of [1, 2]) {
      const prompt = `Tell ${fake("late-tail")}`;
      assert.equal(await answer(agent, prompt), plainText(expectedAnswer(turn, prompt, WORDS)));
    }
  });

  it("joins the segments of an answer, and ends a turn without any text", async () => {
    const agent = await start();
    assert.match(await answer(agent, `Do it ${fake("multi-marker")}`), /^Answer 1 to: Do it\n.*Completed in 0\.5s\n\nt1/su);
    assert.match(await answer(agent, `Do it ${fake("no-text")}`), /^I will run .*Completed in 0\.5s$/su);
    assert.equal(await answer(agent, "Hi"), plainText(expectedAnswer(3, "Hi", WORDS)));
  });

  it("puts the CLI's question with its keys, and sends the chosen one", async () => {
    const agent = await start();
    for (const [turn, key, words] of [
      [1, "n", /The use of the tool was denied\.$/u],
      [2, "y", /Answer 2 to: Do it/u],
      [3, "t", /Answer 3 to: Do it/u],
      [4, undefined, /Answer 4 to: Do it/u],
    ] as const) {
      const heard = new HeardTurn(() => key ?? assert.fail("the tool is trusted now"));
      assert.match(await answer(agent, `Do it ${fake("permission")}`, heard), words);
      if (turn > 1) continue;
      const [question] = heard.questions;
      assert.match(question?.prompt ?? "", /^I will run the following command: npm test .*\nAllow this action\?/su);
      assert.deepEqual(question?.choices, ["y", "n", "t"]);
      assert.equal(question?.safeAnswer, "n");
    }
    assert.deepEqual(
      log.records("permission").map(({ reply }) => reply),
      ["n", "y", "t"],
    );
  });

  it("refuses when nobody chooses, or somebody chooses nonsense; waiting is no inactivity", async () => {
    const agent = await start({}, { turnLimits: { ...generousLimits, inactivityMs: 700 } });
    for (const reply of ["yes please", new Error("nobody"), new Promise<string>((resolve) => setTimeout(resolve, 1000, "n"))]) {
      const turn = new HeardTurn(async () => {
        if (reply instanceof Error) throw reply;
        return await reply;
      });
      assert.match(await answer(agent, `Do it ${fake("permission")}`, turn), /denied\.$/u);
    }
  }).timeout(10_000);

  it("never runs a command, whatever the prompt is", async () => {
    const agent = await start();
    const nasty = fc.array(fc.constantFrom("!touch x", "\n", "\r\n", "/quit", "@f", "```", "\\", "\u200b", "\u0003", "\u001b", " a "), {
      minLength: 1,
      maxLength: 8,
    });
    const prompts = ["!ls", " \n!ls\n!id", "```\n!ls", "a\\\n!ls", ...fc.sample(nasty, { numRuns: 6, seed: 7 }).map((parts) => parts.join(""))];
    for (const prompt of prompts) {
      const end = await agent.prompt(`${prompt} ${fakeSay("fine")}`, new HeardTurn(), forGood).catch((error: unknown) => error);
      if (end instanceof BridgeError) assert.equal(end.code, "VALIDATION_FAILED");
      else assert.deepEqual(end, ended);
    }
    assert.deepEqual(log.records("shell"), []);
    assert.ok(log.records("stdin").length <= prompts.length, "one line for each prompt");
    assert.equal(await answer(agent, `and now ${fakeSay("still here")}`), "still here");
  });

  it("is replaced after a turn whose end no sign has told", async () => {
    const agent = await start({}, { turnLimits: { ...generousLimits, inactivityMs: 600, cancelMs: 600 } });
    const prompt = `Hi ${fake("no-credits")}`;
    const { error, text } = await failure(agent, prompt);
    assert.equal(error.code, "OPERATION_TIMEOUT");
    assert.equal(text, plainText(expectedAnswer(1, prompt, WORDS)));
    assert.equal(agent.isUsable, false);
    await assert.rejects(agent.prompt("next", new HeardTurn(), forGood), { code: "KIRO_UNAVAILABLE" });
  });

  for (const scenario of ["hang", "deaf", "password", "stdin-steal"]) {
    it(`times out with the text so far, and leaves no process: ${scenario}`, async () => {
      const agent = await start({}, { turnLimits: { inactivityMs: 500, absoluteMs: 5000, cancelMs: 400 } });
      const { error, text } = await failure(agent, `Hi ${fake(scenario)}`);
      assert.equal(error.code, "OPERATION_TIMEOUT");
      assert.equal(error.context?.["timeoutMs"], 500);
      assert.match(text, /^(?:Answer 1|\[sudo\] password|I will run)/u);
      assert.equal(agent.isUsable, false);
      assert.deepEqual(log.records("stolen").concat(log.records("password")), [], "nothing was written into the tool");
    });
  }

  it("notices by its time limit that a tool of an earlier turn ate the prompt", async () => {
    const agent = await start({}, { turnLimits: { inactivityMs: 500, absoluteMs: 5000, cancelMs: 200 } });
    await answer(agent, `one ${fake("stdin-steal", { background: 1 })}`).catch(() => undefined);
    if (agent.isUsable) assert.equal((await failure(agent, "two")).error.code, "OPERATION_TIMEOUT");
    assert.equal(agent.isUsable, false);
  });

  it("cancels by Ctrl-C, by force when the CLI is deaf, and is not used again without a sure end", async () => {
    for (const [scenario, how] of [
      ["hang", "cooperative"],
      ["permission", "cooperative"],
      ["deaf", "killed"],
    ] as const) {
      const agent = await start({}, { turnLimits: { ...generousLimits, cancelMs: scenario === "deaf" ? 400 : 5000 } });
      const cancel = new AbortController();
      const turn = new HeardTurn(() => new Promise<string>(() => undefined));
      const done = agent.prompt(`Hi ${fake(scenario)}`, turn, cancel.signal);
      await turn.heard(scenario === "permission" ? "I will run" : "Answer 1");
      cancel.abort();
      assert.deepEqual(await within(done, 8000, "late"), { kind: "cancelled", how });
      assert.equal(agent.isUsable, false);
    }
  });

  it("does not write an answer that comes after the end of the turn", async () => {
    const agent = await start({}, { turnLimits: { ...generousLimits, absoluteMs: 700, cancelMs: 2000 } });
    const { promise: reply, resolve } = Promise.withResolvers<string>();
    const { error } = await failure(agent, `Hi ${fake("permission")}`, new HeardTurn(() => reply));
    assert.equal(error.code, "OPERATION_TIMEOUT");
    resolve("y");
    await agent.dispose();
    assert.deepEqual(log.records("stdin").length, 1);
  });

  it("throws the caller's deadline", async () => {
    const agent = await start();
    const deadline = new BridgeError("OPERATION_TIMEOUT", "The caller's own.");
    const controller = new AbortController();
    const turn = new HeardTurn();
    const failed = failure(agent, `Hi ${fake("hang")}`, turn, controller.signal);
    await turn.heard("Answer 1");
    controller.abort(deadline);
    assert.equal((await failed).error, deadline);
  });

  it("tells of a crash with the text so far, and of a whole answer before an exit", async () => {
    const crashed = await failure(await start(), `Hi ${fake("crash")}`);
    assert.equal(crashed.error.code, "COMMAND_EXECUTION_FAILED");
    assert.equal(crashed.error.context?.["exitCode"], 139);
    assert.match(crashed.text, /^Answer 1 to: Hi/u);
    const left = await start();
    assert.equal(await answer(left, `Hi ${fake("orphan")}`), plainText(expectedAnswer(1, `Hi ${fake("orphan")}`, WORDS)));
    assert.equal(left.isUsable, false);
  });

  it("tells within a second that somebody has killed the CLI", async () => {
    const agent = await start();
    const turn = new HeardTurn();
    const failed = failure(agent, `Hi ${fake("hang")}`, turn);
    await turn.heard("Answer 1");
    process.kill(Number(log.records("start")[0]?.["pid"]), "SIGKILL");
    const ending = await within(failed, 1000, undefined);
    assert.equal(ending?.error.code, "COMMAND_EXECUTION_FAILED");
    assert.equal(ending?.error.context?.["signal"], "SIGKILL");
    assert.match(ending?.text ?? "", /^Answer 1/u);
  });

  it("fails a turn in which the CLI says that it failed", async () => {
    const agent = await start();
    const { error } = await failure(agent, `Hi ${fake("error-turn")}`);
    assert.equal(error.code, "COMMAND_EXECUTION_FAILED");
    assert.match(error.message, /Kiro is having trouble/u);
    assert.equal(agent.isUsable, false);
  });

  it("does not start, and says why, when the CLI ends before it reads", async () => {
    for (const [scenario, reason] of [
      ["logged-out", "not_logged_in"],
      ["crash-start", "not_running"],
    ]) {
      await assert.rejects(start({ FAKE_KIRO_SCENARIO: scenario ?? "" }), isUnavailable(reason));
    }
    await assert.rejects(start({}, { flags: ["--no-such-flag"] }), isUnavailable("not_responding"));
  });

  it("asks for the line mode, and starts without a banner too", async () => {
    const agent = await start({ FAKE_KIRO_SCENARIO: "tui,quiet" }, { readiness: { silentStartMs: 600 } });
    assert.equal(await answer(agent, `Hi ${fakeSay("there")}`), "there");
  });

  it("gives a start up when it is told to", async () => {
    const controller = new AbortController();
    const starting = start({}, { readiness: { quietMs: 5000 } }, controller.signal);
    setTimeout(() => controller.abort(new Error("never mind")), 50);
    await assert.rejects(starting, /never mind/u);
  });

  it("gives up a prompt that the CLI does not read", async () => {
    const limits = { inactivityMs: 400, absoluteMs: 5000, cancelMs: 200 };
    const env = { FAKE_KIRO_SCENARIO: "stdin-slow", FAKE_KIRO_GAP_MS: "20000" };
    const agent = await start(env, { turnLimits: limits, readiness: { quietMs: 100, silentStartMs: 400 } });
    assert.equal((await failure(agent, "x".repeat(300_000))).error.code, "OPERATION_TIMEOUT");
  });
});

describe("PipeAgent in the seed's dialect", () => {
  it("ends a turn at the last marker and silence, in order, in one process", async () => {
    const log = new SimulatorLog();
    const program = simulator({ ...quickStart, ...log.env, FAKE_KIRO_SEED_MARKER: "end" });
    const reader = { ...quick, markerPosition: "end" as const };
    const options = { program, flags: [], turnLimits: generousLimits, reader, readiness: { quietMs: 100 }, logger: silentLogger };
    const { agent } = await pipeStarter(options)({ workspacePath: process.cwd() }, forGood);
    for (const [index, scenario] of ["normal", "marker-in-text", "split-utf8", "no-text", "normal"].entries()) {
      const turn = new HeardTurn();
      const prompt = `Hello ${fake(scenario, { gapMs: 5 })}`;
      assert.deepEqual(await agent.prompt(prompt, turn, forGood), ended, scenario);
      // The seed's dialect does not render Markdown; only colour is taken out.
      const expected = expectedAnswer(index + 1, prompt, WORDS).replaceAll("\u001b[38;5;141m> \u001b[0m", "> ");
      if (scenario !== "no-text") assert.equal(turn.stdout, expected, scenario);
    }
    await agent.dispose();
    assert.equal(log.records("start").length, 1);
    await log.assertAllGone();
  });
});

function isUnavailable(reason: string | undefined): (error: unknown) => boolean {
  return (error) => error instanceof BridgeError && error.code === "KIRO_UNAVAILABLE" && error.context?.["reason"] === reason;
}
