/** Longer texts are no misspelt names. */
const LONGEST_NAME = 200;
const LEAST_LIKENESS = 0.5;

/** The names most like `name`, best first: by the share of letter pairs they have in common (Sørensen–Dice). */
export function nearest(name: string, names: readonly string[], count: number): string[] {
  if (name.length > LONGEST_NAME) return [];
  const wanted = pairsOf(name);
  return names
    .map((candidate) => ({ candidate, likeness: likeness(wanted, candidate) }))
    .filter((match) => match.likeness >= LEAST_LIKENESS)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

function pairsOf(text: string): Set<string> {
  const lower = text.toLowerCase();
  const pairs = new Set<string>();
  for (let at = 0; at + 1 < lower.length; at++) pairs.add(lower.slice(at, at + 2));
  return pairs;
}

function likeness(wanted: ReadonlySet<string>, candidate: string): number {
  const pairs = pairsOf(candidate);
  const common = [...pairs].filter((pair) => wanted.has(pair)).length;
  return (2 * common) / Math.max(1, wanted.size + pairs.size);
}
