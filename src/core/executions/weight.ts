/** Weight of a value in addition to its text, in characters; approximates its bytes. */
const TEXT = 16;
const OBJECT = 48;
const OTHER = 8;

/**
 * Estimates the memory of a JSON value, in characters. Counts structure as well as text: a million empty objects
 * contain no text, but are large. Nesting is bounded (`MAX_VALUE_DEPTH`).
 */
export function weightOf(value: unknown): number {
  if (typeof value === "string") return TEXT + value.length;
  if (typeof value !== "object" || value === null) return OTHER;
  let weight = OBJECT;
  if (Array.isArray(value)) {
    for (const item of value) weight += weightOf(item);
    return weight;
  }
  for (const [name, member] of Object.entries(value)) weight += name.length + weightOf(member);
  return weight;
}

export function weightOfTexts(texts: readonly string[]): number {
  let weight = OBJECT;
  for (const text of texts) weight += TEXT + text.length;
  return weight;
}
