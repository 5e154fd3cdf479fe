import assert from "node:assert/strict";
import fc from "fast-check";
import stripAnsi from "strip-ansi";
import {
  AnsiStripper,
  cleanText,
  MARKER_SIGN,
  type StripperOptions,
} from "../../../../../src/agents/kiro/text/ansi.ts";

const ESC = "\u001b";
const MARKER = `${ESC}[38;5;141m> ${ESC}[0m`;

function read(pieces: readonly Buffer[], options: StripperOptions = {}): string {
  const stripper = new AnsiStripper(options);
  return pieces.map((piece) => stripper.write(piece)).join("") + stripper.flush();
}

/** The bytes cut at the given places. */
function cut(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, "utf8");
  const sorted = places.map((place) => place % (bytes.length + 1)).toSorted((one, other) => one - other);
  return [0, ...sorted].map((start, index) => bytes.subarray(start, sorted[index] ?? bytes.length));
}

/** Pieces of everything a CLI may print, broken sequences included. */
const noise = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        MARKER,
        `${ESC}[m> ${ESC}[39m`,
        `${ESC}[0m`,
        `${ESC}[38;5;252m`,
        `${ESC}[?25l`,
        `${ESC}[2K`,
        `${ESC}[1G`,
        `${ESC}[24C`,
        `${ESC}]0;title\u0007`,
        `${ESC}]8;;https://x.y${ESC}\\`,
        `${ESC}]52;c;Zm9v\u0007`,
        `${ESC}P1$r0m${ESC}\\`,
        `${ESC}(B`,
        `${ESC}7`,
        ESC,
        `${ESC}[`,
        `${ESC}]`,
        `${ESC}[38;5;`,
        `${ESC}P`,
        `${ESC}]Rabc`,
        `${ESC}\\`,
        "\u009b1m",
        "\u009d0;t\u009c",
        "\u0007",
        "\b",
        "\u0000",
        "\r",
        "\n",
        "\r\n",
        "\r\r\n",
        "é 日本 🦀",
        "👩‍👩‍👧",
        "> ",
        " ",
        "word",
        "x".repeat(90),
        "\t",
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

describe("AnsiStripper", () => {
  it("returns the same text however the bytes are split", () => {
    fc.assert(
      fc.property(noise, fc.array(fc.nat(), { maxLength: 12 }), fc.boolean(), (text, places, keepsMarkers) => {
        const options = { keepsMarkers };
        assert.equal(read(cut(text, places), options), read([Buffer.from(text)], options));
      }),
      { numRuns: 3000 },
    );
  });

  it("returns the same text byte by byte", () => {
    const text = `${MARKER}é 🦀${ESC}]8;;http://a${ESC}\\link${ESC}]8;;${ESC}\\\r\nb\rc${ESC}[38;5;252md\n`;
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte));
    assert.equal(read(bytes, { keepsMarkers: true }), `${MARKER_SIGN}é 🦀link\ncd\n`);
  });

  it("removes every control character, and everything that strip-ansi removes", () => {
    fc.assert(
      fc.property(noise, (text) => {
        // oxlint-disable-next-line no-control-regex -- that is the claim
        assert.doesNotMatch(cleanText(text), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
      }),
    );
    const coloured = `${ESC}[1mbold${ESC}[22m ${ESC}]0;t${ESC}\\ ${ESC}[?2026h plain ${ESC}[5 q`;
    assert.equal(cleanText(coloured), stripAnsi(coloured));
  });

  it("removes each control character in a text that has no other", () => {
    const passed = new Set(["\t", "\n", "\r"]);
    for (let code = 0; code < 0x80; code++) {
      const character = String.fromCharCode(code);
      // Of an escape more is taken out than its first character, as the test above says.
      if (passed.has(character) || character === ESC || (code >= 0x20 && code < 0x7f)) continue;
      assert.equal(cleanText(`one ${character}two ä\n`), "one two ä\n", `${code}`);
    }
    assert.equal(cleanText("one \u009b1mtwo\n"), "one two\n");
    assert.equal(cleanText("größer — «naïve»\n"), "größer — «naïve»\n");
  });

  it("emits words immediately, and a short unfinished line when it is flushed", () => {
    const stripper = new AnsiStripper();
    assert.equal(stripper.write(Buffer.from("one\ntwo")), "one\n");
    assert.equal(stripper.release(), "two");
    assert.equal(stripper.write(Buffer.from(" three")), " three");
    assert.equal(stripper.release(), "");
  });

  it("emits only the last state of a line that overwrites itself", () => {
    assert.equal(cleanText(`a\n10%\r${ESC}[K55%\r99%\nb`), "a\n99%\nb");
    assert.equal(cleanText("kept\r"), "kept");
    assert.equal(cleanText("windows\r\nends\r\r\n"), "windows\nends\n");
  });

  it("starts a new line when the overwritten one was already emitted", () => {
    const stripper = new AnsiStripper();
    const out = [stripper.write(Buffer.from("10%")), stripper.release(), stripper.write(Buffer.from("\r99%\n"))];
    assert.equal(out.join(""), "10%\n99%\n");
  });

  it("buffers a short line again when the emitted one has ended", () => {
    const stripper = new AnsiStripper();
    const out = [stripper.write(Buffer.from("10%")), stripper.release()];
    for (const text of ["\n20%", "\r99%\n"]) out.push(stripper.write(Buffer.from(text)));
    assert.deepEqual(out, ["", "10%", "\n", "99%\n"]);
  });

  it("treats an escape that never ends as text after 64 KiB", () => {
    const text = read([Buffer.from(`a${ESC}]0;`), Buffer.from("x".repeat(70_000)), Buffer.from("end")]);
    assert.ok(text.startsWith("a]0;xxx"));
    assert.equal(text.length, "a]0;".length + 70_000 + "end".length);
  });

  // In quadratic time it takes minutes: beyond any deadline of a test.
  it("needs linear time for hostile input", () => {
    const size = 2_000_000;
    const hostile = [
      `${ESC}]`.repeat(size / 2),
      "\r".repeat(size),
      `${ESC}[`.repeat(size / 2),
      `${ESC}Px`.repeat(size / 3),
      " ".repeat(size),
    ];
    for (const text of hostile) assert.ok(!read(cut(text, [1, 65_536, 131_072, 1_000_000])).includes(ESC));
    const titles = read(Array.from({ length: 4096 }, () => Buffer.from(`${ESC}]52;c;`.padEnd(64, "A"))));
    assert.ok(!titles.includes(ESC));
  });
});
