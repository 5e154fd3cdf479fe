/** In characters: longer messages cover the window. */
const LONGEST = 500;
/** Line ends, other control characters, and those that make text run the other way. */
const UNPRINTABLE = /[\s\p{Cc}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu;

/**
 * Returns text as one line of bounded length in which nothing is markup. Messages, pickers, input boxes and the status bar read
 * `[text](command:id)` as a link that runs a command, and `$(name)` as an icon: what a program or the CLI has written must
 * become neither.
 */
export function plainText(text: string, longest = LONGEST): string {
  const line = text
    .slice(0, 2 * longest)
    .replaceAll(UNPRINTABLE, " ")
    .trim()
    .replaceAll("](", "] (")
    .replaceAll("$(", "$ (");
  return line.length > longest || text.length > 2 * longest ? `${line.slice(0, longest).trimEnd()}…` : line;
}
