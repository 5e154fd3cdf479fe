import assert from "node:assert/strict";
import { ansiSpans } from "../../../../../src/dashboard/page/detail/ansiSpans.ts";

const text = (input: string): string =>
  ansiSpans(input)
    .map((span) => span.text)
    .join("");

describe("ansiSpans", () => {
  it("keeps colours and styles, each over its range", () => {
    assert.deepEqual(ansiSpans("a\x1b[1;31mb\x1b[39mc\x1b[0md"), [
      { text: "a" },
      { text: "b", isBold: true, foreground: 1 },
      { text: "c", isBold: true },
      { text: "d" },
    ]);
  });

  it("supports bright, indexed and true colours", () => {
    assert.equal(ansiSpans("\x1b[92mx")[0]?.foreground, 10);
    assert.equal(ansiSpans("\x1b[38;5;9mx")[0]?.foreground, 9);
    assert.equal(ansiSpans("\x1b[38;5;196mx")[0]?.foreground, "rgb(255 0 0)");
    assert.equal(ansiSpans("\x1b[48;2;1;2;300mx")[0]?.background, "rgb(1 2 255)");
  });

  it("removes every other sequence, complete or cut", () => {
    assert.equal(text("a\x1b[2Kb\x1b]8;;http://x\x07link\x1b]8;;\x07c\x1b"), "ablinkc");
    assert.equal(text("a\x1b[31"), "a");
    assert.equal(text("a\x00b\tc\nd"), "ab\tc\nd");
  });

  it("leaves markup as text", () => {
    assert.equal(text("<img src=x onerror=alert(1)>"), "<img src=x onerror=alert(1)>");
  });
});
