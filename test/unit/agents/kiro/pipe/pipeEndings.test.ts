import assert from "node:assert/strict";
import { BridgeError, isBridgeError } from "../../../../../src/protocol/errors.ts";
import { causeOf, type UnavailableCause } from "../../../../../src/protocol/unavailable.ts";
import { expectedAnswer } from "../../../../fixtures/simulator/answers.ts";
import { fake, fakeSay } from "../../../../fixtures/simulator/directive.ts";
import { plainText } from "../../../../fixtures/simulator/text/rendering.ts";
import { until } from "../../../../support/until.ts";
import { generousLimits, HeardTurn } from "../acp/simulatedAcp.ts";
import { answer, failure, forGood, PipeRig, WORDS } from "./pipeRig.ts";

describe("PipeAgent, when a turn or a start fails,", () => {
  let rig: PipeRig;
  beforeEach(() => {
    rig = new PipeRig();
  });
  afterEach(() => rig.dispose());

  it("is replaced after a turn without a sign of its end", async () => {
    const agent = await rig.start({}, { turnLimits: { ...generousLimits, cancelMs: 600 } });
    const prompt = `Hi ${fake("no-credits")}`;
    const whole = plainText(expectedAnswer(1, prompt, WORDS));
    const turn = new HeardTurn();
    const failing = failure(agent, prompt, turn);
    await turn.heard(whole.trimEnd());
    rig.clock.pass(generousLimits.inactivityMs);
    const { error, text } = await failing;
    assert.equal(error.code, "OPERATION_TIMEOUT");
    assert.equal(text, whole);
    assert.equal(agent.isUsable, false);
    await assert.rejects(agent.prompt("next", new HeardTurn(), forGood), { code: "KIRO_UNAVAILABLE" });
  });

  for (const [scenario, begin] of [
    ["hang", "Answer 1"],
    ["deaf", "Answer 1"],
    ["password", "[sudo] password"],
    ["stdin-steal", "I will run"],
  ] as const) {
    it(`times out with the text so far, writes nothing into a tool, and leaves no process: ${scenario}`, async () => {
      const agent = await rig.start({}, { turnLimits: { ...generousLimits, cancelMs: 400 } });
      const turn = new HeardTurn();
      const failing = failure(agent, `Hi ${fake(scenario)}`, turn);
      // What stands before the marker is held back: then the simulator says that it waits.
      const hasBegun = (): boolean => turn.stdout !== "" || rig.log.records("waiting").length === 1;
      await until(hasBegun, "the begin of the answer, or the wait for a line");
      rig.clock.pass(generousLimits.inactivityMs);
      const { error, text } = await failing;
      assert.equal(error.code, "OPERATION_TIMEOUT");
      assert.equal(error.context?.["timeoutMs"], generousLimits.inactivityMs);
      assert.ok(text.startsWith(begin), text);
      assert.equal(agent.isUsable, false);
      assert.deepEqual(rig.log.records("stolen").concat(rig.log.records("password")), []);
    });
  }

  it("times out when a tool of an earlier turn consumed the prompt", async () => {
    const agent = await rig.start({}, { turnLimits: { ...generousLimits, cancelMs: 200 } });
    await answer(agent, `one ${fake("stdin-steal", { background: 1 })}`);
    const failing = failure(agent, "two");
    await until(() => rig.log.records("stolen").length === 1, "the theft");
    rig.clock.pass(generousLimits.inactivityMs);
    assert.equal((await failing).error.code, "OPERATION_TIMEOUT");
    assert.equal(agent.isUsable, false);
    assert.deepEqual(
      rig.log.records("stolen").map(({ line }) => line),
      ["two"],
    );
  });

  it("cancels by Ctrl-C, kills a CLI that does not respond, and is not reused without a certain end", async () => {
    const ways = [
      ["hang", "cooperative"],
      ["permission", "cooperative"],
      ["deaf", "killed"],
    ] as const;
    const cancels = ways.map(async ([scenario, how]) => {
      const agent = await rig.start(
        {},
        { turnLimits: { ...generousLimits, ...(how === "killed" && { cancelMs: 400 }) } },
      );
      const cancel = new AbortController();
      const turn = new HeardTurn(() => new Promise<string>(() => undefined));
      const done = agent.prompt(`Hi ${fake(scenario)}`, turn, cancel.signal);
      await turn.heard(scenario === "permission" ? "I will run" : "Answer 1");
      cancel.abort();
      assert.deepEqual(await done, { kind: "cancelled", how });
      assert.equal(agent.isUsable, false);
    });
    await Promise.all(cancels);
  });

  it("sends nothing if it is already cancelled", async () => {
    const agent = await rig.start();
    const end = await agent.prompt("Hi", new HeardTurn(), AbortSignal.abort());
    assert.deepEqual(end, { kind: "cancelled", how: "cooperative" });
    assert.equal(agent.isUsable, true);
    assert.equal(await answer(agent, `Hi ${fakeSay("there")}`), "there");
    assert.equal(rig.log.records("stdin").length, 1);
  });

  it("does not write an answer that comes after the cancel, which would be the next message", async () => {
    const agent = await rig.start();
    const { promise: reply, resolve } = Promise.withResolvers<string>();
    const cancel = new AbortController();
    const turn = new HeardTurn(() => {
      setImmediate(() => cancel.abort());
      cancel.signal.addEventListener("abort", () => setImmediate(resolve, "y"));
      return reply;
    });
    const end = await agent.prompt(`Hi ${fake("permission")}`, turn, cancel.signal);
    assert.deepEqual(end, { kind: "cancelled", how: "cooperative" });
    await agent.dispose();
    assert.deepEqual(rig.log.records("stdin").length, 1);
  });

  it("rejects with the caller's deadline", async () => {
    const agent = await rig.start();
    const deadline = new BridgeError("OPERATION_TIMEOUT", "The caller's own.");
    const controller = new AbortController();
    const turn = new HeardTurn();
    const failed = failure(agent, `Hi ${fake("hang")}`, turn, controller.signal);
    await turn.heard("Answer 1");
    controller.abort(deadline);
    assert.equal((await failed).error, deadline);
  });

  it("reports a crash with the text so far, and a complete answer before an exit", async () => {
    const crashed = await failure(await rig.start(), `Hi ${fake("crash")}`);
    assert.equal(crashed.error.code, "COMMAND_EXECUTION_FAILED");
    assert.equal(crashed.error.context?.["exitCode"], 139);
    assert.match(crashed.text, /^Answer 1 to: Hi/u);
    const left = await rig.start();
    assert.equal(
      await answer(left, `Hi ${fake("orphan")}`),
      plainText(expectedAnswer(1, `Hi ${fake("orphan")}`, WORDS)),
    );
    assert.equal(left.isUsable, false);
  });

  it("treats an answer as complete if the CLI exits normally after its time line", async () => {
    const script =
      "process.stderr.write('Model: Auto\\n'); process.stdin.once('data', () => {" +
      "process.stdout.write('\\u001b[38;5;141m> \\u001b[0mbye');" +
      "process.stderr.write(' ▸ Time: 1s\\n', () => process.exit(0)); });";
    const program = { command: process.execPath, leadingArgs: ["-e", script, "--"], env: {}, isSimulated: false };
    const agent = await rig.start({}, { program });
    assert.equal(await answer(agent, "Hi"), "bye");
    assert.equal(agent.isUsable, false);
  });

  it("reports immediately that the CLI was killed", async () => {
    const agent = await rig.start();
    const turn = new HeardTurn();
    const failed = failure(agent, `Hi ${fake("hang")}`, turn);
    await turn.heard("Answer 1");
    rig.clock.stop();
    process.kill(Number(rig.log.records("start")[0]?.["pid"]), "SIGKILL");
    const { error, text } = await failed;
    assert.equal(error.code, "COMMAND_EXECUTION_FAILED");
    assert.equal(error.context?.["signal"], "SIGKILL");
    assert.match(text, /^Answer 1/u);
  });

  it("fails a turn in which the CLI reports a failure", async () => {
    const agent = await rig.start();
    const { error } = await failure(agent, `Hi ${fake("error-turn")}`);
    assert.equal(error.code, "COMMAND_EXECUTION_FAILED");
    assert.match(error.message, /Kiro is having trouble/u);
    assert.equal(agent.isUsable, false);
  });

  it("fails to start, with the reason, when the CLI ends before it reads", async () => {
    for (const [scenario, cause] of [
      ["logged-out", "cli-signed-out"],
      ["crash-start", "cli-broken"],
    ] as const) {
      await assert.rejects(rig.start({ FAKE_KIRO_SCENARIO: scenario }), isUnavailable(cause));
    }
    await assert.rejects(rig.start({}, { flags: ["--no-such-flag"] }), isUnavailable("cli-incompatible"));
  });

  it("requests the line mode, and starts without a banner, too", async () => {
    const agent = await rig.start({ FAKE_KIRO_SCENARIO: "tui,quiet" }, { readiness: { silentStartMs: 600 } });
    assert.equal(await answer(agent, `Hi ${fakeSay("there")}`), "there");
  });

  it("abandons a start on request", async () => {
    const controller = new AbortController();
    const starting = rig.start({}, { readiness: { quietMs: 60_000 } }, controller.signal);
    await until(() => rig.log.records("start").length === 1, "the start");
    controller.abort(new Error("never mind"));
    await assert.rejects(starting, /never mind/u);
  });

  it("abandons a prompt that the CLI does not read", async () => {
    const limits = { inactivityMs: 400, absoluteMs: 5000, cancelMs: 200 };
    const env = { FAKE_KIRO_SCENARIO: "stdin-slow", FAKE_KIRO_GAP_MS: "20000" };
    const agent = await rig.start(env, { turnLimits: limits, readiness: { quietMs: 100, silentStartMs: 400 } });
    assert.equal((await failure(agent, "x".repeat(300_000))).error.code, "OPERATION_TIMEOUT");
  });
});

function isUnavailable(cause: UnavailableCause): (error: unknown) => boolean {
  return (error) => isBridgeError(error) && causeOf(error) === cause;
}
