import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import { parseDuration, shownDuration } from "../../../../src/cli/output/duration.ts";
import { plainLine, plainText, safeJson } from "../../../../src/cli/output/plainText.ts";
import { isColoured, styleOf } from "../../../../src/cli/output/style.ts";
import { table } from "../../../../src/cli/output/table.ts";
import { TerminalFilter } from "../../../../src/cli/output/terminalFilter.ts";

describe("The texts of the bridge on a terminal", () => {
  it("have codes in place of control characters, 8-bit ones and bidirectional ones included", () => {
    assert.equal(
      plainText("\x1b]52;c;AAAA\x07 \x9b2J a\rb \u202egpj.exe"),
      "\\x1b]52;c;AAAA\\x07 \\x9b2J a\\x0db \\u202egpj.exe",
    );
  });

  it("keep line breaks, tabs and everything printable", () => {
    const text = "a\tb\r\nc\né 日本 🦀";
    assert.equal(plainText(text), text);
  });

  it("take one line where one line is wanted", () => {
    assert.equal(plainLine("a\tb\r\nc\nd"), "a b\\nc\\nd");
  });

  it("are escaped in JSON too, which has the same value", () => {
    const value = { text: "\x9b2J \u202e \x7f", list: [1] };
    const json = safeJson(value, 2);
    assert.doesNotMatch(json, /[\x7f-\x9f\u202e]/);
    assert.deepEqual(JSON.parse(json), value);
  });

  it("may have colours in a terminal of Kiro CLI, and no other sequence", () => {
    const filter = new TerminalFilter();
    const shown = ["\x1b[3", "8;5;10mgreen\x1b[39m\x1b[K\rnext", "\x1b[2J", "\x1b", "]0;title\x07"].map((part) =>
      filter.next(part),
    );
    assert.equal(shown.join(""), "\x1b[38;5;10mgreen\x1b[39m\x1b[K\rnext\\x1b[2J\\x1b]0;title\\x07");
  });
});

describe("A table of the command line", () => {
  it("aligns its columns, escapes its cells, and paints after both", () => {
    const { red } = styleOf(true);
    const text = table(
      ["ID", "NAME"],
      [
        ["1", "long\x1b"],
        [{ text: "22", paint: red }, "b"],
      ],
      styleOf(false),
    );
    assert.equal(text, "ID  NAME\n1   long\\x1b\n\x1b[31m22  \x1b[39mb\n");
  });
});

describe("A duration on the command line", () => {
  it("is in seconds without a unit", () => {
    assert.deepEqual(["30", "1.5", "500ms", "5m", "1h"].map(parseDuration), [30_000, 1500, 500, 300_000, 3_600_000]);
  });

  it("is refused if it is none, or nothing", () => {
    for (const text of ["", "0", "-1", "5 m", "1d", "abc"])
      assert.throws(() => parseDuration(text), InvalidArgumentError);
  });

  it("is shown in the unit that people would use", () => {
    assert.deepEqual([12, 1500, 61_000].map(shownDuration), ["12 ms", "1.5 s", "1 min 1 s"]);
  });
});

describe("Colours", () => {
  const at = (isTTY: boolean, env: NodeJS.ProcessEnv = {}, isOff = false): boolean =>
    isColoured({ isTTY }, { env, isOff });

  it("are for terminals, and for those who ask for them", () => {
    assert.deepEqual([at(true), at(false), at(false, { FORCE_COLOR: "1" })], [true, false, true]);
  });

  it("are off with NO_COLOR, --no-color, FORCE_COLOR=0 and on a dumb terminal", () => {
    const off = [
      at(true, { NO_COLOR: "1" }),
      at(true, {}, true),
      at(true, { FORCE_COLOR: "0" }),
      at(true, { TERM: "dumb" }),
    ];
    assert.deepEqual(off, [false, false, false, false]);
    assert.equal(at(true, { FORCE_COLOR: "1" }, true), false);
  });
});
