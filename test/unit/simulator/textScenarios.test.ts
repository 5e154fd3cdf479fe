import assert from "node:assert/strict";
import { expectedAnswer, multiByteSample } from "../../fixtures/simulator/answers.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { plainText } from "../../fixtures/simulator/text/rendering.ts";
import { CREDITS, MARKER, MARKER_WITHOUT_COLOUR, toolBlock } from "../../fixtures/simulator/text/textBytes.ts";
import { endSimulators, spawnSimulator } from "../../support/simulator.ts";
import { count, startText, rendered, textRun } from "./textRun.ts";

const WORDS = 12;
const TOOL_BLOCK = `${toolBlock.head}${toolBlock.output}${toolBlock.end}`;
const text = (turn: number, prompt: string): string => expectedAnswer(turn, prompt, WORDS);

type TextRun = Awaited<ReturnType<typeof textRun>>;

/** Runs it until its writes have come one by one: a busy machine may read two of them at once. */
async function inPieces(
  prompts: string[],
  isSplit: (pieces: readonly string[]) => boolean,
  env?: Parameters<typeof textRun>[1],
): Promise<TextRun> {
  for (;;) {
    const run = await textRun(prompts, env);
    if (isSplit(run.simulator.stdoutPieces.map((piece) => piece.toString("utf8")))) return run;
  }
}

describe("simulator scenarios of text mode", function () {
  afterEach(endSimulators);

  it("long: two thousand words behind the marker, and one time line", async () => {
    const prompt = fake("long", { words: 2000 });
    const { stdout, stderr } = await textRun([prompt]);
    assert.equal(stdout, rendered(1, prompt));
    assert.ok(stdout.split(/\s/u).length > 2000);
    assert.equal(count(stderr, CREDITS), 1);
  });

  it("slow: a pause in mid-text with the spinner on stderr", async () => {
    const prompt = fake("slow", { gapMs: 200 });
    const { stdout, stderr } = await textRun([prompt]);
    assert.equal(stdout, rendered(1, prompt));
    assert.equal(count(stderr, "Thinking..."), 3);
  });

  it("split-marker: each byte of the marker is a write", async () => {
    const prompt = fake("split-marker", { gapMs: 40 });
    const { stdout } = await inPieces([prompt], (pieces) => pieces.length > MARKER.length / 2);
    assert.equal(stdout, rendered(1, prompt));
  });

  it("split-utf8: characters arrive in parts, and are whole together", async () => {
    const prompt = fake("split-utf8", { gapMs: 40 });
    const { clean } = await inPieces([prompt], (pieces) => pieces.some((piece) => piece.includes("\ufffd")));
    assert.ok(clean.trimEnd().endsWith(multiByteSample));
  });

  it("split-ansi: a colour sequence in two parts leaves nothing in the clean text", async () => {
    const prompt = fake("split-ansi", { gapMs: 100 });
    const { clean } = await inPieces([prompt], (pieces) => pieces.some((piece) => piece.endsWith("\u001b[38;5;")));
    assert.equal(clean, `> ${text(1, prompt)}\n`);
  });

  it("marker-in-text: the answer quotes the marker, the time line and the hint", async () => {
    const prompt = fake("marker-in-text");
    const { stdout, clean } = await textRun([prompt]);
    assert.equal(count(stdout, MARKER), 2);
    assert.match(clean, /▸ Time: 3s and To exit the CLI/u);
    assert.equal(clean, `> ${plainText(text(1, prompt))}\n`);
  });

  it("multi-marker: two texts with a tool block between them and one time line", async () => {
    const prompt = fake("multi-marker");
    const { stdout, stderr } = await textRun([prompt]);
    assert.equal(count(stdout, MARKER), 2);
    assert.equal(count(stderr, CREDITS), 1);
    assert.equal(stdout.replace(`${TOOL_BLOCK}${MARKER}`, ""), rendered(1, prompt));
  });

  it("no-text: a tool block, no marker, a time line", async () => {
    const { stdout, stderr } = await textRun([fake("no-text")]);
    assert.equal(stdout, TOOL_BLOCK);
    assert.equal(count(stderr, CREDITS), 1);
  });

  it("late-tail: the time line comes before the last twenty words", async () => {
    const simulator = startText();
    const prompt = fake("late-tail", { gapMs: 1500, words: 30 });
    simulator.stdin.end(`${prompt}\n`);
    await simulator.until("the time line", () => simulator.stderr().includes(CREDITS));
    assert.ok(!simulator.stdout().includes("-30"));
    await simulator.closed();
    assert.equal(simulator.stdout(), rendered(1, prompt));
  });

  it("stderr-first: the same without delay, and the text is whole", async () => {
    const prompt = fake("stderr-first", { words: 30 });
    const { stdout, stderr } = await textRun([prompt, "two"]);
    assert.equal(stdout, rendered(1, prompt) + rendered(2, "two"));
    assert.equal(count(stderr, CREDITS), 2);
  });

  it("no-credits: text without a time line", async () => {
    const { stdout, stderr } = await textRun([fake("no-credits")]);
    assert.ok(stdout.startsWith(MARKER));
    assert.ok(!stderr.includes("Time:"));
  });

  for (const [name, pattern] of [
    ["flood", /^(?:x{63}\n)+$/u],
    ["flood-line", /^x+$/u],
  ] as const) {
    it(`${name}: exactly as many bytes as asked`, async () => {
      const { stdout } = await textRun([fake(name, { bytes: 1_048_576 })]);
      assert.equal(stdout.length, MARKER.length + 1_048_576);
      assert.match(stdout.slice(MARKER.length), pattern);
    });
  }

  it("stderr-flood: a normal answer while stderr overflows", async () => {
    const prompt = fake("stderr-flood", { bytes: 1_048_576 });
    const { stdout, stderr } = await textRun([prompt]);
    assert.equal(stdout, rendered(1, prompt));
    assert.ok(stderr.length > 1_048_576 && stderr.includes(CREDITS));
  });

  it("ansi-noise: sequences of every family, and the text between them is whole", async () => {
    const prompt = fake("ansi-noise");
    const { stdout, clean } = await textRun([prompt]);
    for (const sequence of [
      "\u001b]0;title\u0007",
      "\u001b]8;;\u001b\\",
      "\u001b[?2004h",
      "\u001b[24C",
      "\u001b[?25l",
      "\u001b]9;done\u0007",
    ]) {
      assert.ok(stdout.includes(sequence), JSON.stringify(sequence));
    }
    const shown = clean.replaceAll("\u0007", "").replace(/^.*\r/gmu, "");
    assert.equal(shown, `> ${text(1, prompt)}\n`);
  });

  it("crlf: Windows line ends, the first of them in two writes", async () => {
    const env = { FAKE_KIRO_SCENARIO: "crlf", FAKE_KIRO_GAP_MS: "100" };
    const { stdout } = await inPieces(["one"], (pieces) => pieces.some((piece) => piece.endsWith("\r")), env);
    assert.equal(stdout, rendered(1, "one").replaceAll("\n", "\r\n"));
  });

  it("nocolor, or NO_COLOR: the colours are empty, the resets stay", async () => {
    for (const env of [{ FAKE_KIRO_SCENARIO: "nocolor" }, { NO_COLOR: "1" }]) {
      const { stdout, stderr } = await textRun(["one"], env);
      assert.equal(stdout, rendered(1, "one").replace(MARKER, MARKER_WITHOUT_COLOUR));
      assert.ok(stderr.includes("\u001b[m\n ▸ Credits: 0.02 • Time: 1s\n\u001b[0m\n"));
    }
  });

  it("error-turn: the sentence on stderr, no marker, no time line, and it reads on", async () => {
    const { stdout, stderr } = await textRun([fake("error-turn"), "two"]);
    assert.match(stderr, /Kiro is having trouble responding right now:\n {3}0: /u);
    assert.equal(count(stderr, "Time:"), 1);
    assert.equal(stdout, rendered(2, "two"));
  });

  it("error-quoted: the same sentence in the answer, and the turn succeeds", async () => {
    const { stdout, stderr } = await textRun([fake("error-quoted")]);
    assert.match(stdout, /Kiro is having trouble responding right now:/u);
    assert.equal(count(stderr, CREDITS), 1);
  });

  it("overflow: a notice on stdout before the marker", async () => {
    const prompt = fake("overflow");
    const { stdout } = await textRun([prompt]);
    assert.equal(stdout, `The context window has overflowed, summarizing the history...\n${rendered(1, prompt)}`);
  });

  it("tui: an error on pipes, unless the classic screen is asked for", async () => {
    const classic = await textRun(["one"], { FAKE_KIRO_SCENARIO: "tui" });
    assert.equal(classic.stdout, rendered(1, "one"));
    const modern = spawnSimulator(["chat"], { FAKE_KIRO_SCENARIO: "tui" });
    assert.equal((await modern.closed()).code, 1);
    assert.match(modern.stderr(), /needs a terminal/u);
  });
});
