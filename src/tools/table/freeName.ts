/** Returns a name of at most 64 letters, digits, `_` and `-`, which is not taken. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const name = wanted.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  for (let count = 2, free = name; ; count++) {
    if (!taken.has(free)) return free;
    free = `${name.slice(0, 60)}_${count}`;
  }
}
