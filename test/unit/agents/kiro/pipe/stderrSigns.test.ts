import assert from "node:assert/strict";
import fc from "fast-check";
import { StderrSigns } from "../../../../../src/agents/kiro/pipe/stderrSigns.ts";

describe("StderrSigns", () => {
  it("finds the same signs however the text is split", () => {
    const line = fc.constantFrom(
      " ▸ Time: 3s",
      "▸ Credits: 1.5 • Time: 1h 2m 3s",
      "Allow this action? Use 't' to trust. [y/n/t]:",
      "x".repeat(5000),
      "Kiro is having trouble responding right now: no",
      "",
      "⠋ Thinking...",
    );
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(), { maxLength: 8 }), (lines, places) => {
        const text = lines.map((each) => `${each}\n`).join("");
        const cuts = [
          0,
          ...places.map((place) => place % (text.length + 1)).toSorted((one, other) => one - other),
          text.length,
        ];
        const inPieces = new StderrSigns();
        const found = cuts.slice(1).flatMap((end, index) => inPieces.write(text.slice(cuts[index], end)));
        const expected = new StderrSigns().write(text);
        assert.deepEqual(found, expected);
        assert.equal(expected.length, lines.filter((each) => /▸|\?|trouble/u.test(each)).length);
      }),
    );
  });

  it("ignores words in the middle of a line", () => {
    const text = "tool: ▸ Time: 3s\nsaid: Kiro is having trouble responding right now\n[y/n/t]:\nlist [y/n]: no\n";
    assert.deepEqual(new StderrSigns().write(text), []);
  });
});
