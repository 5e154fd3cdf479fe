/** Maximum length in characters: longer messages cover the window. */
const LONGEST = 500;
/** Line breaks, other control characters, and bidirectional controls. */
const UNPRINTABLE = /[\s\p{Cc}\p{Zl}\p{Zp}\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu;

/**
 * Returns text as a single line of bounded length without markup. Messages, pickers, input boxes and the status bar
 * render `[text](command:id)` as a link that runs a command, and `$(name)` as an icon, which text of a program or the
 * CLI must not become.
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
