import assert from "node:assert/strict";
import type { Block, Inline } from "../../../../../src/dashboard/page/markdown/blocks.ts";
import { parseBlocks } from "../../../../../src/dashboard/page/markdown/parseBlocks.ts";

const text = (words: string): Inline => ({ kind: "text", text: words });
const paragraph = (...content: Inline[]): Block => ({ kind: "paragraph", content });

/** All objects inside. */
function parts(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(parts)];
}

const links = (source: string) => parts(parseBlocks(source)).flatMap((part) => ("href" in part ? [part.href] : []));

/** The words, whatever they are in. */
function wordsOf(source: string): string {
  return parts(parseBlocks(source))
    .flatMap((part) => ("text" in part ? [part.text] : []))
    .join("");
}

describe("parseBlocks", () => {
  it("reads headings, emphasis, code and lists", () => {
    assert.deepEqual(parseBlocks("## A *b* `c`\n\n1. one\n2. **two**\n\n---\n"), [
      {
        kind: "heading",
        level: 2,
        content: [text("A "), { kind: "emphasis", content: [text("b")] }, text(" "), { kind: "code", text: "c" }],
      },
      {
        kind: "list",
        start: 1,
        items: [
          { blocks: [paragraph(text("one"))] },
          { blocks: [paragraph({ kind: "strong", content: [text("two")] })] },
        ],
      },
      { kind: "rule" },
    ]);
  });

  it("reads code with its language, quotes, tables and tasks", () => {
    assert.deepEqual(parseBlocks("```ts x=1\nconst a = '<b>';\n```\n> said"), [
      { kind: "code", language: "ts", text: "const a = '<b>';" },
      { kind: "quote", blocks: [paragraph(text("said"))] },
    ]);
    assert.deepEqual(parseBlocks("|a|b|\n|-|-|\n|1|2|"), [
      {
        kind: "table",
        rows: [
          [[text("a")], [text("b")]],
          [[text("1")], [text("2")]],
        ],
      },
    ]);
    const [list] = parseBlocks("- [x] done\n- [ ] to do\n- neither");
    assert.ok(list?.kind === "list");
    assert.deepEqual(
      list.items.map(({ isDone }) => isDone),
      [true, false, undefined],
    );
  });

  it("keeps HTML as text", () => {
    assert.deepEqual(parseBlocks("<script>alert(1)</script>"), [paragraph(text("<script>alert(1)</script>"))]);
    assert.equal(wordsOf("a <img src=x onerror=alert(1)> b"), "a <img src=x onerror=alert(1)> b");
    assert.equal(wordsOf("<!-- hidden -->"), "<!-- hidden -->");
  });

  it("links to the web and to mail alone; of any other link its text stays", () => {
    assert.deepEqual(links("[a](https://example.com/x) <http://example.org?a=1&amp;b=2> [m](mailto:a@b.c)"), [
      "https://example.com/x",
      "http://example.org/?a=1&b=2",
      "mailto:a@b.c",
    ]);
    const hostile = [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "&#106;avascript:alert(1)",
      "data:text/html,alert(1)",
      "vbscript:x",
      "file:///etc/passwd",
      "command:workbench.action.quit",
      "vscode://some/thing",
      "//example.com",
      "relative/path",
    ];
    for (const address of hostile) {
      assert.deepEqual(links(`[text](<${address}>)`), [], address);
      assert.equal(wordsOf(`[text](<${address}>)`), "text", address);
    }
  });

  it("makes links of images, and drops the addresses of others", () => {
    assert.deepEqual(parseBlocks("![a plot](https://example.com/p.png)"), [
      paragraph({ kind: "link", href: "https://example.com/p.png", content: [text("a plot")] }),
    ]);
    assert.deepEqual(parseBlocks("![a plot](data:image/svg+xml;base64,AAAA)"), [paragraph(text("a plot"))]);
  });

  it("decodes entities into text", () => {
    assert.equal(wordsOf("&lt;b&gt; &amp; &#39;x&#x27; &unknown;"), "<b> & 'x' &unknown;");
  });

  it("never throws and loses no text, whatever nests how deep", () => {
    for (const nest of [
      ">",
      "> ",
      "- ",
      "* ",
      "+ ",
      "1. ",
      "[",
      "![",
      "*",
      "_",
      "**a",
      "<",
      "a`",
      "a~~",
      "\\",
      "&",
      "|",
    ]) {
      const source = `${nest.repeat(Math.floor(8000 / nest.length))}x`;
      assert.match(wordsOf(source), /x/, nest);
    }
  });

  it("shows what is nested too deep as it was written", () => {
    assert.deepEqual(parseBlocks(`${"> ".repeat(200)}x`), [paragraph(text(`${"> ".repeat(200)}x`))]);
    const deep = parseBlocks(`${"> ".repeat(25)}x`);
    const depth = parts(deep).filter((part) => "kind" in part && part.kind === "quote").length;
    assert.equal(depth, 17);
    assert.match(wordsOf(`${"> ".repeat(25)}x`), /^(> )+x$/);
  });
});
