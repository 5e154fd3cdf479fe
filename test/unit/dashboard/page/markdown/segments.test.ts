import assert from "node:assert/strict";
import type { Block } from "../../../../../src/dashboard/page/markdown/blocks.ts";
import { parseBlocks } from "../../../../../src/dashboard/page/markdown/parseBlocks.ts";
import { GrowingMarkdown, MAX_MARKDOWN, piecesOf } from "../../../../../src/dashboard/page/markdown/segments.ts";

const texts = (text: string) => piecesOf(text).map((piece) => piece.text);

describe("piecesOf", () => {
  it("cuts at blank lines, but not inside a list or before what is indented", () => {
    assert.deepEqual(texts("one\ntwo\n\nthree"), ["one\ntwo\n", "three"]);
    assert.deepEqual(texts("- a\n\n  more of a\n\nafter"), ["- a\n\n  more of a\n", "after"]);
    assert.deepEqual(texts("\n\n"), []);
  });

  it("takes a fence for one piece, closed or still open, whatever is in it", () => {
    assert.deepEqual(piecesOf("a\n```ts\none\n\ntwo\n```\nb\n~~~~\n```\n~~~\nopen"), [
      { kind: "text", text: "a" },
      { kind: "fence", language: "ts", text: "one\n\ntwo" },
      { kind: "text", text: "b" },
      { kind: "fence", language: "", text: "```\n~~~\nopen" },
    ]);
  });

  it("keeps a fence of a list item with its item", () => {
    const list = "1. do\n   ```sh\n   a\n\nb\n   ```\n\nafter";
    assert.deepEqual(texts(list), ["1. do\n   ```sh\n   a\n\nb\n   ```\n", "after"]);
  });
});

describe("GrowingMarkdown", () => {
  it("parses only the last piece again while a text grows, and keeps the blocks of the others", () => {
    const parsed: string[] = [];
    const parse = (text: string): readonly Block[] => (parsed.push(text), parseBlocks(text));
    const markdown = new GrowingMarkdown();
    const source = Array.from({ length: 200 }, (_, at) => `Paragraph ${at} with some *words*.\n\n`).join("");
    let last = markdown.parse("", parse);
    for (let end = 0; end <= source.length; end += 50) {
      const next = markdown.parse(source.slice(0, end), parse);
      for (const [at, blocks] of last.slice(0, -1).entries()) assert.equal(next[at], blocks);
      last = next;
    }
    assert.ok(parsed.reduce((sum, { length }) => sum + length, 0) < source.length * 4);
  });

  it("hands the parser no piece that could take it long", () => {
    const longest: number[] = [];
    const parse = (text: string): readonly Block[] => (longest.push(text.length), []);
    const text = "[".repeat(MAX_MARKDOWN);
    assert.deepEqual(new GrowingMarkdown().parse(text, parse), [
      [{ kind: "paragraph", content: [{ kind: "text", text }] }],
    ]);
    new GrowingMarkdown().parse("a\n".repeat(5000), parse);
    new GrowingMarkdown().parse(`\`\`\`\n${"a".repeat(50_000)}`, parse);
    assert.deepEqual(longest, []);
  });
});
