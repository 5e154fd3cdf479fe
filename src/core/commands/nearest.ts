/** Longer texts are no misspelt names. */
const LONGEST_NAME = 200;
const LEAST_LIKENESS = 0.5;

/**
 * Finds the names most like a given one, by the share of letter pairs they have in common (Sørensen–Dice). Indexes the
 * names by their pairs, on first use: comparing with each of 3,000 names takes 6 ms, which a caller could ask for often.
 */
export class NameIndex {
  readonly #names: readonly string[];
  #places: ReadonlyMap<string, readonly number[]> | undefined;
  /** How many pairs each name has. */
  readonly #sizes: number[] = [];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** The best so many, best first; none that is not like it at all. */
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
      .slice(0, count)
      .map((match) => match.name);
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
