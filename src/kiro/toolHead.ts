/** The first line of a tool block, Kiro's or Q's (facts §1.9, §1.13). */
const HEAD = /^.*(?:\((?:using tool|from mcp server): [^)\n]+\)|Using tool: \S).*$/mu;
const PURPOSE = /^Purpose: /u;

/** Where the first tool block begins, or -1. */
export function toolBlockStart(text: string): number {
  return text.search(HEAD);
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
