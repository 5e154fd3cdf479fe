/**
 * In the first line of a tool block, Kiro's or Q's (docs/kiro-cli.md#19-tool-blocks, #113-q-and-kiro). The length of a name is
 * bounded: without a bound, text that opens many such brackets and closes none would take quadratic time.
 */
const HEAD = /\((?:using tool|from mcp server): [^)\n]{1,200}\)|Using tool: \S/u;
const PURPOSE = /^Purpose: /u;

/** No sign of a tool block is longer, in characters: whoever searches text piece by piece keeps so much of the last one. */
export const LONGEST_SIGN = 256;

/** Where the line begins that begins the first tool block, or -1. */
export function toolBlockStart(text: string): number {
  const sign = text.search(HEAD);
  return sign < 0 ? -1 : text.lastIndexOf("\n", sign) + 1;
}

/**
 * What the last tool block in an answer says that it is about to do, for the question about it. A tool's own output may look
 * like such a block: this is for people to read, nothing is decided by it.
 */
export function toolHead(text: string): string | undefined {
  const lines = text.split("\n");
  const index = lines.findLastIndex((line) => HEAD.test(line));
  if (index < 0) return undefined;
  const next = lines[index + 1] ?? "";
  return PURPOSE.test(next) ? `${lines[index]}\n${next}` : lines[index];
}
