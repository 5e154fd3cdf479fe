import assert from "node:assert/strict";
import { asQuestion } from "../../../../../src/agents/kiro/acp/permission.ts";
import { AnsiStripper, cleanText } from "../../../../../src/agents/kiro/text/ansi.ts";
import { AnswerText } from "../../../../../src/agents/kiro/text/answerText.ts";
import { LineOverwrites } from "../../../../../src/agents/kiro/text/overwrites.ts";
import { StderrSigns } from "../../../../../src/agents/kiro/pipe/stderrSigns.ts";
import { guardPrompt } from "../../../../../src/agents/kiro/text/promptGuard.ts";
import { redact } from "../../../../../src/agents/kiro/recordTurn.ts";
import { toolBlockStart, toolHead } from "../../../../../src/agents/kiro/text/toolHead.ts";
import { assertLinear } from "../../../../support/checks/linearTime.ts";

const fill = (unit: string, size: number): string => unit.repeat(Math.ceil(size / unit.length));

/** In milliseconds of CPU, for at most 200,000 pieces: linear work takes a tenth of it. */
const MAX_PIECES_MS = 3000;

/** Writes text as slowly as a CLI can: one character at a time, which must take linear time. */
function bitByBit(write: (piece: string) => string, text: string): string {
  const before = process.threadCpuUsage();
  const written = Array.from(text, write).join("");
  const { user, system } = process.threadCpuUsage(before);
  assert.ok((user + system) / 1000 < MAX_PIECES_MS, `took ${(user + system) / 1000} ms for ${text.length} pieces`);
  return written;
}

describe("Hostile text of a CLI or a prompt costs linear time", function () {
  this.timeout(600_000);

  it("searched for a tool block", async () => {
    const texts = [
      "(using tool: ",
      "(from mcp server: ",
      "Using tool: \n",
      "(using tool: x\n",
      "Using tool: a\nPurpose: ",
    ];
    await assertLinear("toolBlockStart", toolBlockStart, texts);
    await assertLinear("toolHead", toolHead, texts);
    assert.equal(toolBlockStart(fill("(using tool: ", 60_000)), -1);
  });

  it("stripped of escapes, with lines that overwrite each other", async () => {
    const texts = ["\u001b]", "\u001bP", "\u001b[1;", "\u001b]\u0007", "\u001b[m> ", "> \u001b[", "a\r", "\r\r\n"];
    await assertLinear("cleanText", cleanText, texts);
  });

  it("read as an answer", async () => {
    const read = (text: string): void => {
      const answer = new AnswerText("end");
      answer.write(text);
      answer.end();
    };
    await assertLinear("AnswerText", read, ["\u0000", " \u0000", "a\u0000 ", "\n \n"]);
  });

  it("searched for signs on the error output", async () => {
    const texts = ["?", "? ", "[y/n]:?", "? [y/n]:", " \u25b8 Time: ", "1h 2m ", { head: fill("?", 2000), unit: " " }];
    await assertLinear("StderrSigns", (text) => new StderrSigns().write(`${text}\n`), texts);
    const lines = (unit: string): string => `${fill(unit, 4000)}\n`;
    await assertLinear("StderrSigns", (text) => new StderrSigns().write(text), ["?", "? ", " "].map(lines));
  });

  it("recorded for a report", async () => {
    await assertLinear("redact", (text) => redact(text, "/w"), ["a.", "a@", "@a", "a@a", "a@a.a ", "+"]);
    assert.equal(redact("mail me@mine.example.", "/w"), "mail <redacted>");
  });

  for (const way of ["line", "stdin"] as const) {
    it(`guarded as a prompt, by ${way}`, async () => {
      const guard = (text: string): void => {
        try {
          guardPrompt(`x${text}`, way);
        } catch {
          // Too long, which is known only at the end.
        }
      };
      await assertLinear("guardPrompt", guard, [" \u200b", "!", "\r\n", "```", "\\", "\u0000", "\u2028"]);
    });
  }
});

/** What a terminal would show as it comes: pieces of one character each. */
describe("Hostile text that arrives in small pieces", () => {
  it("is searched for a tool block piece by piece, also across a split", () => {
    const answer = new AnswerText("start");
    const banner = fill("(using tool: ", 60_000);
    assert.equal(
      bitByBit((piece) => answer.write(piece), `${banner}\nread (using tool: read)`),
      "read (using tool: read)",
    );
  });

  it("is an answer after white space", () => {
    const answer = new AnswerText("end");
    answer.write("a");
    assert.equal(bitByBit((piece) => answer.write(piece), `${fill(" ", 60_000)}b`).length, 60_001);
  });

  for (const start of ["\u001b[", "\u001b", "\u001b]", "\u001bP"]) {
    for (const unit of ["1", " ", ";"]) {
      it(`is clean: ${JSON.stringify(unit)} behind ${JSON.stringify(start)}`, () => {
        const stripper = new AnsiStripper();
        const write = (piece: string): string => stripper.write(Buffer.from(piece));
        const text = bitByBit(write, start + fill(unit, 100_000)) + stripper.flush();
        assert.ok(!text.includes("\u001b"));
      });
    }
  }

  it("overwrites its line", () => {
    const lines = new LineOverwrites();
    assert.equal(
      bitByBit((piece) => lines.write(piece), `${fill("a\r", 200_000)}b\n`),
      "b\n",
    );
  });

  it("asks a question in the end", () => {
    const [sign] = new StderrSigns().write(`${fill("?", 2000)}${fill(" ", 2000)}[y/n]: \n`);
    assert.deepEqual(sign, { kind: "question", text: fill("?", 2000), answers: ["y", "n"] });
  });

  it("is a permission request with fifty thousand options of one name", () => {
    const options = Array.from({ length: 50_000 }, () => ({ optionId: "o", name: "n", kind: "allow_once" }));
    const { question } = asQuestion({ sessionId: "s", toolCall: { toolCallId: "t" }, options }, undefined);
    assert.equal(new Set(question.choices).size, options.length);
  });
});
