/** Maximum length of a name; longer texts are not misspelled names. */
const LONGEST_NAME = 200;
const LEAST_LIKENESS = 0.5;
/** Number of the most similar names to compare by edit distance. */
const MAX_COMPARED = 30;
/** Number of letters per allowed edit. */
const LETTERS_PER_EDIT = 4;
/** Minimum length of a last segment that identifies a command on its own: `formatDocument` does, `open` does not. */
const TELLING_LENGTH = 8;

/**
 * Finds names near a given one. Ranks them by shared bigrams (Sørensen–Dice), then filters by edit distance (`isNear`).
 * The bigram index is built on first use: comparing 3,000 names takes 6 ms, and clients could request it often.
 */
export class NameIndex {
  readonly #names: readonly string[];
  #places: ReadonlyMap<string, readonly number[]> | undefined;
  /** Number of bigrams of each name. */
  readonly #sizes: number[] = [];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Returns up to `count` near names, best first, without the name itself. */
  nearest(name: string, count: number): string[] {
    if (name.length > LONGEST_NAME) return [];
    const places = (this.#places ??= this.#index());
    const wanted = pairsOf(name);
    const common = new Uint16Array(this.#names.length);
    for (const pair of wanted) for (const at of places.get(pair) ?? []) common[at] = (common[at] ?? 0) + 1;
    const alike: { readonly name: string; readonly likeness: number }[] = [];
    for (const [at, shared] of common.entries()) {
      const likeness = (2 * shared) / Math.max(1, wanted.size + (this.#sizes[at] ?? 0));
      if (likeness >= LEAST_LIKENESS) alike.push({ name: this.#names[at] ?? "", likeness });
    }
    return alike
      .toSorted((a, b) => b.likeness - a.likeness)
      .slice(0, MAX_COMPARED)
      .map((match) => match.name)
      .filter((known) => known !== name && isNear(name, known))
      .slice(0, count);
  }

  #index(): ReadonlyMap<string, readonly number[]> {
    const places = new Map<string, number[]>();
    for (const [at, name] of this.#names.entries()) {
      const pairs = pairsOf(name);
      this.#sizes.push(pairs.size);
      for (const pair of pairs) {
        const known = places.get(pair);
        if (known === undefined) places.set(pair, [at]);
        else known.push(at);
      }
    }
    return places;
  }
}

function pairsOf(text: string): Set<string> {
  const lower = text.toLowerCase();
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < lower.length; at++) pairs.add(lower.slice(at, at + 2));
  return pairs;
}

/**
 * Returns true if one name may be a misspelling of the other: few edits for the length of the difference, or the same
 * distinctive last segment. Common leading segments are ignored, because `workbench.action.` would make all names near.
 */
export function isNear(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase().split("."), b.toLowerCase().split(".")];
  const last = one.at(-1) ?? "";
  if (last.length >= TELLING_LENGTH && last === other.at(-1)) return true;
  let common = 0;
  while (common < one.length && common < other.length && one[common] === other[common]) common++;
  const [rest, otherRest] = [one.slice(common).join("."), other.slice(common).join(".")];
  const limit = Math.floor(Math.max(rest.length, otherRest.length) / LETTERS_PER_EDIT);
  return Math.abs(rest.length - otherRest.length) <= limit && editDistance(rest, otherRest) <= limit;
}

/** Returns the number of insertions, deletions, substitutions and transpositions (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const replaced = (row[j - 1] ?? 0) + (isSame ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
