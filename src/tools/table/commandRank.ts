/** A command, as far as its rank depends on it. */
interface Ranked {
  readonly id: string;
  readonly title?: string | undefined;
  readonly allowed: boolean;
}

const LETTER = /[a-z0-9]/;
const UPPER = /[A-Z]/;

/**
 * Sorts commands by how well their IDs and titles match the words of a query, best first. Without a command that has all of
 * them, those with most of them are found.
 */
export function rankCommands<T extends Ranked>(commands: readonly T[], query: string): readonly T[] {
  const wanted = query.trim();
  const words = [...new Set(wanted.toLowerCase().split(/\s+/))].filter((word) => word !== "");
  if (words.length === 0) return commands;
  const matches = commands.map((command) => ({ command, ...matchOf(command, words, wanted) }));
  const most = Math.max(0, ...new Set(matches.map(({ found }) => found)));
  return matches
    .filter(({ found }) => found > 0 && found === most)
    .toSorted((a, b) => b.score - a.score || (a.command.id < b.command.id ? -1 : 1))
    .map(({ command }) => command);
}

/** Returns the number of words that a command has, and how telling they are. */
function matchOf({ id, title = "", allowed }: Ranked, words: readonly string[], wanted: string) {
  let found = 0;
  let score = allowed ? 1 : 0;
  for (const word of words) {
    const best = Math.max(wordScore(title, word), wordScore(id, word));
    if (best > 0) found++;
    score += best;
  }
  if (id === wanted || title === wanted) score += 100;
  // Of two that match alike, the shorter one is more likely meant.
  return { found, score: score - (id.length + title.length) / 1000 };
}

/** Returns 0 for a word that a text does not have, and most for one that is whole. */
function wordScore(text: string, word: string): number {
  const lower = text.toLowerCase();
  const at = lower.indexOf(word);
  if (at < 0) return 0;
  const begins = isBoundary(text, at);
  const ends = isBoundary(text, at + word.length);
  return begins && ends ? 10 : begins ? 6 : 2;
}

/** Returns true where a word begins or ends, as in `formatDocument` or `editor.action`. */
function isBoundary(text: string, at: number): boolean {
  const before = text.charAt(at - 1);
  const after = text.charAt(at);
  return !LETTER.test(before.toLowerCase()) || !LETTER.test(after.toLowerCase()) || UPPER.test(after);
}
