import { Lexer, type MarkedToken, type Token, type Tokens } from "marked";
import type { Block, Inline, ListItem } from "./blocks.ts";

/** Deeper ones are shown as they were written. */
const MAX_DEPTH = 16;
/** A line that begins with more markers than this is not parsed: the parser would go as deep. */
const MAX_MARKERS = 32;
const kinds: ReadonlySet<string> = new Set<MarkedToken["type"]>([
  "blockquote",
  "br",
  "code",
  "codespan",
  "def",
  "del",
  "em",
  "escape",
  "heading",
  "hr",
  "html",
  "image",
  "link",
  "list",
  "paragraph",
  "space",
  "strong",
  "table",
  "text",
]);
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const protocols: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/** Parses a piece of Markdown into blocks that are safe to show (docs/decisions/markdown.md). Never throws. */
export function parseBlocks(text: string): readonly Block[] {
  if (isDeep(text)) return [plain(text)];
  try {
    return blocksOf(Lexer.lex(text, { gfm: true }), 0);
  } catch {
    return [plain(text)]; // The parser recurses; some nesting of another kind was too deep for the stack.
  }
}

function isDeep(text: string): boolean {
  return text.split("\n").some((line) => {
    let markers = 0;
    for (let at = 0; at < line.length && /[\s>*+\-\d.)]/.test(line.charAt(at)); at++) {
      if (line[at] === ">" || /[^\s\d]\s/.test(line.slice(at, at + 2))) markers++;
      if (markers > MAX_MARKERS) return true;
    }
    return false;
  });
}

function plain(text: string): Block {
  return { kind: "paragraph", content: [{ kind: "text", text }] };
}

function blocksOf(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token) => (depth > MAX_DEPTH ? plain(token.raw) : (blockOf(token, depth) ?? [])));
}

function blockOf(token: Token, depth: number): Block | undefined {
  if (!isKnown(token)) return undefined;
  switch (token.type) {
    case "space":
    case "def":
      return undefined;
    case "heading":
      return { kind: "heading", level: token.depth, content: inlinesOf(token.tokens, depth) };
    case "code":
      return { kind: "code", text: token.text, language: languageOf(token.lang) };
    case "hr":
      return { kind: "rule" };
    case "blockquote":
      return { kind: "quote", blocks: blocksOf(token.tokens, depth + 1) };
    case "list":
      return {
        kind: "list",
        start: token.ordered ? Number(token.start) : undefined,
        items: token.items.map((item) => itemOf(item, depth)),
      };
    case "table":
      return {
        kind: "table",
        rows: [token.header, ...token.rows].map((row) => row.map((cell) => inlinesOf(cell.tokens, depth))),
      };
    case "paragraph":
      return { kind: "paragraph", content: inlinesOf(token.tokens, depth) };
    case "html":
      return plain(token.raw.trimEnd());
    default:
      return { kind: "paragraph", content: inlinesOf([token], depth) };
  }
}

function itemOf({ tokens, task, checked }: Tokens.ListItem, depth: number): ListItem {
  return { blocks: blocksOf(tokens, depth + 1), ...(task && { isDone: checked === true }) };
}

function inlinesOf(tokens: readonly Token[], depth: number): Inline[] {
  return tokens.flatMap((token) =>
    depth > MAX_DEPTH ? { kind: "text" as const, text: token.raw } : (inlineOf(token, depth + 1) ?? []),
  );
}

function inlineOf(token: Token, depth: number): Inline | Inline[] | undefined {
  if (!isKnown(token)) return undefined;
  switch (token.type) {
    case "strong":
      return { kind: "strong", content: inlinesOf(token.tokens, depth) };
    case "em":
      return { kind: "emphasis", content: inlinesOf(token.tokens, depth) };
    case "del":
      return { kind: "deleted", content: inlinesOf(token.tokens, depth) };
    case "codespan":
      return { kind: "code", text: token.text };
    case "br":
      return { kind: "break" };
    case "link":
      return linkTo(token.href, inlinesOf(token.tokens, depth));
    case "image":
      return linkTo(token.href, [{ kind: "text", text: token.text === "" ? "image" : decoded(token.text) }]);
    case "escape":
      return { kind: "text", text: token.text };
    case "text":
      return token.tokens === undefined ? { kind: "text", text: decoded(token.text) } : inlinesOf(token.tokens, depth);
    default:
      return { kind: "text", text: token.raw };
  }
}

/** Drops addresses other than those of web pages and mail, and keeps their text. */
function linkTo(address: string, content: readonly Inline[]): Inline | Inline[] {
  const url = URL.parse(decoded(address));
  return url !== null && protocols.has(url.protocol) ? { kind: "link", href: url.href, content } : [...content];
}

/** Returns the language after a fence, such as `ts`. */
function languageOf(info = ""): string {
  return /^[\w+#.-]{1,20}/.exec(info)?.[0] ?? "";
}

/** The parser leaves entities to a browser, which never gets them. */
function decoded(text: string): string {
  return text.replace(/&(?:([a-z]{2,4})|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (whole, name, decimal, hex) => {
    if (typeof name === "string") return entities[name.toLowerCase()] ?? whole;
    const code = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function isKnown(token: Token): token is MarkedToken {
  return kinds.has(token.type);
}
