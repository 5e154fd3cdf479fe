import assert from "node:assert/strict";
import { expectedAnswer, multiByteSample, segments } from "../../fixtures/simulator/answers.ts";
import { fake, fakeSay, parseDirectives, withoutDirectives } from "../../fixtures/simulator/directive.ts";
import { plainText, renderMarkdown } from "../../fixtures/simulator/text/rendering.ts";
import { MARKER } from "../../fixtures/simulator/text/textBytes.ts";

describe("simulator answers", () => {
  it("name the turn and the asker first, and have the words that were asked for", () => {
    const answer = expectedAnswer(3, "What is 2+2?", 25);
    assert.ok(answer.startsWith("Answer 3 to: What is 2+2?\n"));
    assert.equal(answer.split("\n").slice(1).join(" ").split(" ").length, 25);
  });

  it("share no word between turns or askers", () => {
    const wordsOf = (turn: number, prompt: string): Set<string> =>
      new Set(expectedAnswer(turn, prompt, 30).split(/\s+/u).slice(4));
    const others = new Set([...wordsOf(2, "one"), ...wordsOf(1, "two")]);
    assert.equal([...wordsOf(1, "one")].filter((word) => others.has(word)).length, 0);
  });

  it("leave directives out of the quoted prompt but obey their words", () => {
    const prompt = `hello ${fake("slow", { words: 3, gapMs: 1 })} there`;
    assert.equal(withoutDirectives(prompt), "hello there");
    assert.equal(expectedAnswer(1, prompt).split(/\s+/u).length, "Answer 1 to: hello there".split(" ").length + 3);
  });

  it("have 2000 words when they are long", () => {
    assert.match(expectedAnswer(1, fake("long")), /-2000$/u);
    assert.match(expectedAnswer(1, "hi", 40, ["long"]), /-2000$/u);
  });

  it("are the literal text that a prompt asks for, fences and brackets and all", () => {
    const text = '```json\n{"a": [[1]]}\n```\n日本';
    assert.equal(expectedAnswer(9, `Please ${fakeSay(text, { chunkMs: 1 })}`), text);
    assert.equal(expectedAnswer(9, fakeSay("")), "");
  });

  it("include the text that a scenario adds", () => {
    assert.ok(expectedAnswer(1, fake("split-utf8")).endsWith(`\n${multiByteSample}`));
    assert.match(expectedAnswer(1, fake("marker-in-text")), /> .*▸ Time: 3s and To exit the CLI/u);
    assert.ok(expectedAnswer(1, fake("marker-in-text")).includes(MARKER));
    assert.match(expectedAnswer(1, "x", 10, ["error-quoted"]), /Kiro is having trouble responding right now:/u);
    assert.equal(expectedAnswer(1, fake("no-text")), "");
  });

  it("say so when a scenario does not exist", () => {
    assert.equal(expectedAnswer(1, fake("nonsense")), "Unknown simulator scenario: nonsense");
  });

  it("fall into two segments that give the whole again", () => {
    const answer = expectedAnswer(1, "hi", 40);
    assert.equal(segments(answer).join("\n"), answer);
  });
});

describe("simulator directives", () => {
  it("take several names, keys and places in one prompt, and the later key wins", () => {
    const { names, values } = parseDirectives("[[fake:a,b words=1]] text [[fake:c words=2 text=eA==]]");
    assert.deepEqual(names, ["a", "b", "c"]);
    assert.equal(values.get("words"), "2");
    assert.equal(values.get("text"), "eA==");
  });
});

describe("simulator rendering", () => {
  it("renders fences, bold, bullets, quotes, links and entities away, as the text mode of Kiro does", () => {
    const markdown = '**b** *i* `c`\n- one\n> quoted\n[t](u) &lt;\n---\n```json\n{"a": "**"}\n```\nend';
    assert.equal(plainText(markdown), `b i c\n• one\n│ quoted\nt u <\n${"━".repeat(80)}\njson\n{"a": "**"}\nend`);
  });

  it("keeps the signs of headings, in bold, and ends each line with two resets", () => {
    assert.equal(renderMarkdown("## v1\nx"), "\u001b[38;5;252m\u001b[1m## v1\u001b[0m\u001b[0m\nx\u001b[0m\u001b[0m\n");
  });

  it("leaves default answers as they are", () => {
    const answer = expectedAnswer(1, "a plain question", 40);
    assert.equal(plainText(answer), answer);
  });
});
