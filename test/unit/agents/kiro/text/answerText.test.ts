import assert from "node:assert/strict";
import fc from "fast-check";
import { MARKER_SIGN as M } from "../../../../../src/agents/kiro/text/ansi.ts";
import { AnswerText, type MarkerPosition } from "../../../../../src/agents/kiro/text/answerText.ts";

function read(position: MarkerPosition, ...pieces: string[]): string {
  const answer = new AnswerText(position);
  return pieces.map((piece) => answer.write(piece)).join("");
}

describe("AnswerText", () => {
  it("removes the marker at the start of each segment", () => {
    assert.equal(read("start", `${M}one\n`, `tool\n\n${M}two\n`), "one\ntool\n\ntwo");
  });

  it("omits text before the first marker, except tool blocks", () => {
    assert.equal(read("start", "Welcome\n", "> noise\n", `${M}text`), "text");
    assert.equal(
      read("start", "Welcome\nReading: a (using ", "tool: read)\n", `\n${M}text`),
      "Reading: a (using tool: read)\n\ntext",
    );
  });

  it("returns text without a marker, or only before one, at the end", () => {
    for (const pieces of [
      ["one\n", "two"],
      ["one\ntwo", M],
      ["one\n", "two", ` ${M} `],
    ]) {
      const answer = new AnswerText("start");
      assert.equal(pieces.map((piece) => answer.write(piece)).join(""), "");
      assert.equal(answer.end(), "one\ntwo");
      assert.equal(answer.end(), "");
    }
  });

  it("keeps a marker in the middle of a line as text", () => {
    assert.equal(read("start", `${M}it prints ${M} and goes on`), "it prints >  and goes on");
    assert.equal(read("end", `it prints ${M} and goes on\n${M}`), "it prints >  and goes on");
  });

  it("removes leading blank lines and trailing white space, and keeps indentation", () => {
    assert.equal(read("start", "\n \n", `${M}  code\n`, "\n\n  more", "  \n"), "  code\n\n\n  more");
  });

  it("recognizes a marker at the end", () => {
    const answer = new AnswerText("end");
    answer.write(`${M}text`);
    assert.equal(answer.isMarkerLast, false, "a marker before any text is no end");
    answer.write(`\n${M}\n`);
    assert.equal(answer.isMarkerLast, true);
    assert.equal(answer.write("more"), "\n> \nmore");
    assert.equal(answer.isMarkerLast, false);
  });

  it("returns the same text however it is split", () => {
    const piece = fc.constantFrom("word", " ", "\n", M, "> ", "  x");
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom<MarkerPosition>("start", "end"), (pieces, position) => {
        assert.equal(read(position, ...pieces), read(position, pieces.join("")));
      }),
    );
  });

  it("does not buffer a flood of white space", () => {
    const answer = new AnswerText("start");
    const out = Array.from({ length: 100 }, () => answer.write(`x${"\n".repeat(10_000)}`)).join("");
    assert.ok(out.length > 900_000);
  });
});
