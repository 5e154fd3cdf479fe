/** A power of two, so that the lowest bits of a time are its slot. */
const KEPT = 16;
const times = new Float64Array(KEPT).fill(Number.NaN);
const texts: string[] = Array.from({ length: KEPT }, () => "");

/**
 * Formats a time as ISO 8601. Events come in bursts and each repeats earlier times, so the texts of the most recent
 * milliseconds are cached.
 * @param ms epoch milliseconds
 */
export function isoTime(ms: number): string {
  const place = ms & (KEPT - 1);
  const known = texts[place];
  if (times[place] === ms && known !== undefined) return known;
  const text = new Date(ms).toISOString();
  times[place] = ms;
  texts[place] = text;
  return text;
}
