import assert from "node:assert/strict";
import fc from "fast-check";
import { expectedAnswer } from "../../../../fixtures/simulator/answers.ts";
import { fake, fakeSay } from "../../../../fixtures/simulator/directive.ts";
import { plainText } from "../../../../fixtures/simulator/text/rendering.ts";
import { defaultReaderOptions } from "../../../../../src/agents/kiro/pipe/turnReader.ts";
import { generousLimits, HeardTurn } from "../acp/simulatedAcp.ts";
import { answer, PipeRig, quick, WORDS } from "./pipeRig.ts";

describe("PipeAgent", () => {
  let rig: PipeRig;
  beforeEach(() => {
    rig = new PipeRig();
  });
  afterEach(() => rig.dispose());

  it("returns the complete clean answer of each turn, in one process for each conversation", async () => {
    const conversations = [
      ["banner-noise", "split-marker", "split-utf8", "split-ansi", "marker-in-text"],
      ["late-tail", "stderr-first", "ansi-noise", "crlf"],
      ["nocolor", "error-quoted", "overflow", "normal"],
    ].map(async (scenarios) => {
      const agent = await rig.start({ FAKE_KIRO_SCENARIO: "banner-noise" });
      for (const [index, scenario] of scenarios.entries()) {
        const prompt = `Say é 日本 ${fake(scenario, { gapMs: 5 })}`;
        assert.equal(await answer(agent, prompt), plainText(expectedAnswer(index + 1, prompt, WORDS)), scenario);
      }
      assert.equal(agent.isUsable, true);
    });
    await Promise.all(conversations);
    assert.equal(rig.log.records("start").length, conversations.length);
  });

  it("does not truncate a long answer with a pause, and streams it", async () => {
    const agent = await rig.start();
    const turn = new HeardTurn();
    const prompt = `Go on ${fake("slow,long", { words: 800, gapMs: 1500 })}`;
    const done = answer(agent, prompt, turn);
    await turn.heard("Answer 1");
    const whole = plainText(expectedAnswer(1, prompt));
    assert.ok(turn.stdout.length < whole.length, "it came as a whole");
    assert.equal(await done, whole);
  });

  it("keeps a tail that is 300 ms late in its turn, with the default silence", async () => {
    const agent = await rig.start({}, { reader: {} });
    for (const number of [1, 2]) {
      const prompt = `Tell ${fake("late-tail")}`;
      const whole = plainText(expectedAnswer(number, prompt, WORDS));
      const turn = new HeardTurn();
      const clock = rig.clock.stop();
      const done = answer(agent, prompt, turn);
      await turn.heard(whole);
      clock.pass(defaultReaderOptions.quietMs);
      assert.equal(await done, whole);
    }
  });

  it("joins the segments of an answer, and ends a turn without any text", async () => {
    const agent = await rig.start();
    assert.match(
      await answer(agent, `Do it ${fake("multi-marker")}`),
      /^Answer 1 to: Do it\n.*Completed in 0\.5s\n\nt1/su,
    );
    assert.match(await answer(agent, `Do it ${fake("no-text")}`), /^I will run .*Completed in 0\.5s$/su);
    assert.equal(await answer(agent, "Hi"), plainText(expectedAnswer(3, "Hi", WORDS)));
  });

  it("forwards the CLI's question with its keys, and sends the chosen one", async () => {
    const agent = await rig.start();
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
      rig.log.records("permission").map(({ reply }) => reply),
      ["n", "y", "t"],
    );
  });

  it("denies without an answer or with an invalid one, and does not count waiting as inactivity", async () => {
    const replies = [
      async () => "yes please",
      () => Promise.reject(new Error("nobody")),
      () => (rig.clock.pass(generousLimits.inactivityMs + 1), "n"),
    ];
    for (const reply of replies) {
      const agent = await rig.start();
      assert.match(await answer(agent, `Do it ${fake("permission")}`, new HeardTurn(reply)), /denied\.$/u);
    }
  });

  it("never runs a slash command, whatever the prompt is", async () => {
    const nasty = fc.array(
      fc.constantFrom("!touch x", "\n", "\r\n", "/quit", "@f", "```", "\\", "\u200b", "\u0003", "\u001b", " a "),
      { minLength: 1, maxLength: 8 },
    );
    const samples = fc.sample(nasty, { numRuns: 8, seed: 7 }).map((parts) => parts.join(""));
    const prompts = ["!ls", " \n!ls\n!id", "```\n!ls", "a\\\n!ls", ...samples];
    const conversations = [0, 1, 2].map(async (rest) => {
      const agent = await rig.start();
      for (const prompt of prompts.filter((_, index) => index % 3 === rest)) {
        assert.equal(await answer(agent, `${prompt} ${fakeSay("fine")}`), "fine");
      }
    });
    await Promise.all(conversations);
    assert.deepEqual(rig.log.records("shell"), []);
    assert.equal(rig.log.records("stdin").length, prompts.length, "one line for each prompt");
  });

  it("supports markers at the end: a turn ends at the last one and silence", async () => {
    const conversations = [
      ["normal", "marker-in-text"],
      ["no-text", "split-utf8"],
    ].map(async (scenarios) => {
      const reader = { ...quick, markerPosition: "end" as const };
      const agent = await rig.start({ FAKE_KIRO_SEED_MARKER: "end" }, { reader });
      for (const [index, scenario] of scenarios.entries()) {
        const prompt = `Hello ${fake(scenario, { gapMs: 5 })}`;
        // This dialect does not render Markdown; only colour is taken out.
        const expected = expectedAnswer(index + 1, prompt, WORDS).replaceAll("\u001b[38;5;141m> \u001b[0m", "> ");
        const text = await answer(agent, prompt);
        if (scenario === "no-text") assert.match(text, /Completed in 0\.5s$/u);
        else assert.equal(text, expected, scenario);
      }
    });
    await Promise.all(conversations);
  });
});
