import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Parses `30`, `30s`, `500ms`, `5m` or `1h` into milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, digits, unit = "s"] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (UNITS[unit] ?? 1));
  if (digits === undefined || ms < 1) throw new InvalidArgumentError("Expected a duration such as 30s, 500ms or 5m.");
  return ms;
}

/** Formats milliseconds for people. */
export function shownDuration(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 1000) return `${whole} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
