/** Returns an option that is a number. @throws RangeError for any other value */
export function numberOption(name: string, value: number | undefined, byDefault: number, least = 0): number {
  const number = value ?? byDefault;
  if (Number.isFinite(number) && number >= least) return number;
  throw new RangeError(`${name} must be a number of at least ${least}, not ${String(value)}.`);
}
