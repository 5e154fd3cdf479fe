/**
 * Matches the first line of a tool block of Kiro or Q (docs/kiro-cli.md#19-tool-blocks, #113-q-and-kiro). The length of
 * the name is bounded, because text with many unclosed brackets would otherwise take quadratic time.
 */
const HEAD = /\((?:using tool|from mcp server): [^)\n]{1,200}\)|Using tool: \S/u;
const PURPOSE = /^Purpose: /u;

/** Maximum length of a tool block's sign in characters: the overlap for searching text chunk by chunk. */
export const LONGEST_SIGN = 256;

/** Returns the start of the first line of the first tool block, or -1. */
export function toolBlockStart(text: string): number {
  const sign = text.search(HEAD);
  return sign < 0 ? -1 : text.lastIndexOf("\n", sign) + 1;
}

/**
 * Returns the head of the last tool block in an answer, for its question. The output of a tool may look like such a
 * block, so this is only displayed and decides nothing.
 */
export function toolHead(text: string): string | undefined {
  const lines = text.split("\n");
  const index = lines.findLastIndex((line) => HEAD.test(line));
  if (index < 0) return undefined;
  const next = lines[index + 1] ?? "";
  return PURPOSE.test(next) ? `${lines[index]}\n${next}` : lines[index];
}
