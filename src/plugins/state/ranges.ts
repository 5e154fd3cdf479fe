/**
 * A set of positive integers as the bounds of its ranges, sorted and with gaps between them: `[1, 57, 60, 60]` is 1 to 57,
 * and 60. What a replica has seen of another one is one range, unless messages were lost.
 */
export type Ranges = readonly number[];

export function contains(ranges: Ranges, number: number): boolean {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[2 * middle + 1] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  const first = ranges[2 * low];
  return first !== undefined && first <= number;
}

export function unite(a: Ranges, b: Ranges): Ranges {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const united: number[] = [];
  let atA = 0;
  let atB = 0;
  while (atA < a.length || atB < b.length) {
    const isOfA = atB >= b.length || (atA < a.length && (a[atA] ?? 0) <= (b[atB] ?? 0));
    const [first = 0, last = 0] = isOfA ? a.slice(atA, atA + 2) : b.slice(atB, atB + 2);
    if (isOfA) atA += 2;
    else atB += 2;
    const end = united.at(-1);
    if (end === undefined || first > end + 1) united.push(first, last);
    else united[united.length - 1] = Math.max(end, last);
  }
  return united;
}

/** Returns how many numbers are in the set. */
export function countOf(ranges: Ranges): number {
  let count = 0;
  for (let at = 0; at < ranges.length; at += 2) count += (ranges[at + 1] ?? 0) - (ranges[at] ?? 0) + 1;
  return count;
}

export function* numbersIn(ranges: Ranges): Generator<number> {
  for (let at = 0; at < ranges.length; at += 2) {
    for (let number = ranges[at] ?? 0; number <= (ranges[at + 1] ?? -1); number++) yield number;
  }
}
