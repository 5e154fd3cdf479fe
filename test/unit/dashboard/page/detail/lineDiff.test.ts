import assert from "node:assert/strict";
import { lineDiff } from "../../../../../src/dashboard/page/detail/lineDiff.ts";

const signed = (before: string, after: string): string[] =>
  lineDiff(before, after).map(({ sign, text }) => sign + text);

describe("lineDiff", () => {
  it("tells what was removed and what was added, between equal lines", () => {
    assert.deepEqual(signed("one\ntwo\nthree\n", "one\n2\nthree\n"), [" one", "-two", "+2", " three"]);
    assert.deepEqual(signed("a\nb\nc\nd", "a\nx\nc\ny\nd"), [" a", "-b", "+x", " c", "+y", " d"]);
  });

  it("shows a new file as added, an emptied one as removed, and an equal one without changes", () => {
    assert.deepEqual(signed("", "a\nb\n"), ["+a", "+b"]);
    assert.deepEqual(signed("a\n", ""), ["-a"]);
    assert.deepEqual(
      signed("a\n", "a\n").filter((line) => !line.startsWith(" ")),
      [],
    );
  });

  it("leaves out equal lines far from a change", () => {
    const lines = Array.from({ length: 1000 }, (_, at) => `line ${at}`);
    const shown = signed(lines.join("\n"), lines.with(500, "changed").join("\n"));
    assert.deepEqual(shown, [
      " line 497",
      " line 498",
      " line 499",
      "-line 500",
      "+changed",
      " line 501",
      " line 502",
      " line 503",
    ]);
  });

  it("shows large changes as all that was removed and all that was added", () => {
    const [before, after] = ["a", "b"].map((letter) =>
      Array.from({ length: 2000 }, (_, at) => `${letter}${at}`).join("\n"),
    );
    const shown = signed(before ?? "", `${after}\nx`);
    assert.equal(shown.length, 4001);
    assert.ok(shown.slice(0, 2000).every((line) => line.startsWith("-")));
  });
});
