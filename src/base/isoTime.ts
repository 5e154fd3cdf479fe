/** A power of two: the place of a time is its lowest bits. */
const KEPT = 16;
const times = new Float64Array(KEPT).fill(Number.NaN);
const texts: string[] = Array.from({ length: KEPT }, () => "");

/**
 * A time in ISO 8601. What happens comes in bursts, and each step names the times of earlier ones: the texts of the last
 * few milliseconds are made once.
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
