import assert from "node:assert/strict";
import { asQuestion } from "../../../src/kiro/acp/permission.ts";
import { AnsiStripper, cleanText } from "../../../src/kiro/ansi.ts";
import { AnswerText } from "../../../src/kiro/answerText.ts";
import { LineOverwrites } from "../../../src/kiro/overwrites.ts";
import { StderrSigns } from "../../../src/kiro/pipe/stderrSigns.ts";
import { guardPrompt } from "../../../src/kiro/promptGuard.ts";
import { redact } from "../../../src/kiro/recordTurn.ts";
import { toolBlockStart, toolHead } from "../../../src/kiro/toolHead.ts";

const SIZE = 1_000_000;
const fill = (unit: string, size = SIZE): string => unit.repeat(Math.ceil(size / unit.length));

/** Writes text as slowly as a CLI can: one character at a time. */
function bitByBit(write: (piece: string) => string, text: string): string {
  return Array.from(text, write).join("");
}

/** All of it takes well under a second in linear time, and minutes in quadratic time: beyond any deadline of a test. */
describe("Hostile text of a megabyte", () => {
  it("has no tool block for opening brackets that nothing closes", () => {
    for (const unit of ["(using tool: ", "(from mcp server: ", "Using tool: \n", "(using tool: x\n"]) {
      assert.equal(toolBlockStart(fill(unit)), -1);
      assert.equal(toolHead(fill(unit)), undefined);
    }
  });

  it("is searched for a tool block piece by piece, and found across a cut", () => {
    const answer = new AnswerText("start");
    const banner = fill("(using tool: ", 60_000);
    assert.equal(
      bitByBit((piece) => answer.write(piece), `${banner}\nread (using tool: read)`),
      "read (using tool: read)",
    );
  });

  it("is an answer behind white space that comes bit by bit", () => {
    const answer = new AnswerText("end");
    answer.write("a");
    assert.equal(bitByBit((piece) => answer.write(piece), `${fill(" ", 60_000)}b`).length, 60_001);
  });

  for (const start of ["\u001b[", "\u001b", "\u001b]", "\u001bP"]) {
    for (const unit of ["1", " ", ";"]) {
      it(`comes bit by bit behind ${JSON.stringify(start)}: ${JSON.stringify(unit)}`, () => {
        const stripper = new AnsiStripper();
        const write = (piece: string): string => stripper.write(Buffer.from(piece));
        const text = bitByBit(write, start + fill(unit, 300_000)) + stripper.flush();
        assert.ok(!text.includes("\u001b"));
      });
    }
  }

  for (const unit of [
    "\u001b]",
    "\u001b[",
    "\u001bP",
    "\u001b[1;",
    "\u001b]\u0007",
    "\u001b[m> ",
    "> \u001b[",
    "\r",
    "a\r",
  ]) {
    it(`is clean at once: ${JSON.stringify(unit)}`, () => {
      const text = cleanText(fill(unit));
      assert.ok(!text.includes("\u001b") && !text.includes("\r"));
    });
  }

  it("overwrites a line bit by bit", () => {
    const lines = new LineOverwrites();
    assert.equal(
      bitByBit((piece) => lines.write(piece), `${fill("a\r")}b\n`),
      "b\n",
    );
  });

  it("asks no question for question marks, white space and keys", () => {
    for (const line of [fill("?", 2000) + fill(" ", 2000), fill("? ", 4000), fill("[y/n]:?", 4000)]) {
      assert.deepEqual(new StderrSigns().write(fill(`${line}\n`)), []);
    }
    const [sign] = new StderrSigns().write(`${fill("?", 2000)}${fill(" ", 2000)}[y/n]: \n`);
    assert.deepEqual(sign, { kind: "question", text: fill("?", 2000), answers: ["y", "n"] });
  });

  it("has nothing to hide in a recording when there is no address in it", () => {
    for (const unit of ["a.", "a@", "@a", "a@a", "+"]) assert.equal(redact(fill(unit), "/w"), fill(unit));
    assert.equal(redact("mail me@mine.example.", "/w"), "mail <redacted>");
  });

  it("is a prompt that is guarded", () => {
    for (const unit of [" \u200b", "!", "\r\n", "```", "\\", "\u0000"]) {
      const prompt = `x${fill(unit, 300_000)}`;
      assert.doesNotThrow(() => guardPrompt(prompt, "stdin"));
    }
    assert.equal(guardPrompt(`${fill(" \u200b", 300_000)}!x`, "line").slice(0, 8), "Prompt: ");
  });

  it("is a permission request with as many options of one name", () => {
    const options = Array.from({ length: 50_000 }, () => ({ optionId: "o", name: "n", kind: "allow_once" }));
    const { question } = asQuestion({ sessionId: "s", toolCall: { toolCallId: "t" }, options }, undefined);
    assert.equal(new Set(question.choices).size, options.length);
  });
});
