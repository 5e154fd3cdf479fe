import type { Block, ParseBlocks } from "./blocks.ts";

/** A longer text is not parsed, in characters. */
export const MAX_MARKDOWN = 64 * 1024;
/**
 * Maximum length of the text between two fences or blank lines: the parser takes at most some 50 ms for hostile text of
 * this length.
 */
const MAX_PIECE = 8 * 1024;
const FENCE = /^(`{3,}|~{3,})(.*)$/;
const INNER_FENCE = /^[\t >]+(?:`{3,}|~{3,})/;

/** A part of a text that can be parsed without the rest. */
type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "fence"; readonly language: string; readonly text: string };

/**
 * Markdown that grows, parsed piece by piece. A piece that has not changed keeps its blocks, by identity too, so that growth
 * costs the parsing of the last one, however long the text is.
 */
export class GrowingMarkdown {
  #known: ReadonlyMap<string, readonly Block[]> = new Map();

  /** Returns the blocks of each piece. */
  parse(text: string, parseBlocks: ParseBlocks): readonly (readonly Block[])[] {
    const known = new Map<string, readonly Block[]>();
    const pieces = piecesOf(text).map((piece) => {
      const key = piece.kind === "fence" ? `${piece.kind} ${piece.language}\n${piece.text}` : piece.text;
      const blocks = known.get(key) ?? this.#known.get(key) ?? blocksOf(piece, parseBlocks);
      known.set(key, blocks);
      return blocks;
    });
    this.#known = known;
    return pieces;
  }
}

function blocksOf(piece: Piece, parseBlocks: ParseBlocks): readonly Block[] {
  if (piece.kind === "fence") return [{ kind: "code", text: piece.text, language: piece.language }];
  if (piece.text.length > MAX_PIECE) return [{ kind: "paragraph", content: [{ kind: "text", text: piece.text }] }];
  return parseBlocks(piece.text);
}

/** Cuts at fences, and at blank lines before a line that is not indented, which would belong to a list. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let lines: string[] = [];
  let fence: { readonly marker: string; readonly language: string } | undefined;
  let isInsideInner = false;
  const flush = (): void => {
    const joined = lines.join("\n");
    if (fence !== undefined) pieces.push({ kind: "fence", language: fence.language, text: joined });
    else if (joined.trim() !== "") pieces.push({ kind: "text", text: joined });
    lines = [];
  };
  for (const line of text.split("\n")) {
    const [, marker, info = ""] = FENCE.exec(line) ?? [];
    if (fence !== undefined) {
      if (marker?.startsWith(fence.marker) === true && info.trim() === "") {
        flush();
        fence = undefined;
      } else lines.push(line);
    } else if (marker !== undefined && !info.includes("`")) {
      flush();
      isInsideInner = false;
      fence = { marker, language: /^\s*([\w+#.-]{1,20})/.exec(info)?.[1] ?? "" };
    } else {
      if (INNER_FENCE.test(line)) isInsideInner = !isInsideInner;
      const isBoundary = !isInsideInner && lines.at(-1)?.trim() === "" && /^\S/.test(line);
      if (isBoundary) flush();
      lines.push(line);
    }
  }
  flush();
  return pieces;
}
