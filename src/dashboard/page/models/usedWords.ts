import type { LimitView, UsedView } from "../../state/engineViews.ts";
import { count, plural } from "../look/format.ts";

const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const small = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumSignificantDigits: 3 });

/** Returns "4,210" or "1.2M". */
export function shortCount(value: number): string {
  return value < 10_000 ? count(value) : compact.format(value);
}

/** Returns "1.50 USD" or "0.00123 USD". */
export function money(value: number, currency: string | undefined): string {
  const number = value === 0 || value >= 1 ? whole.format(value) : small.format(value);
  return currency === undefined || currency === "" ? number : `${number} ${currency}`;
}

/** Returns "150,000 tokens in (90,000 cached), 10,000 out", "12 steps" and the cost. */
export function usedWords({ steps, inputTokens, cachedInputTokens, outputTokens, cost, currency }: UsedView): string[] {
  const cached = cachedInputTokens === 0 ? "" : ` (${count(cachedInputTokens)} cached)`;
  return [
    `${count(inputTokens)} tokens in${cached}, ${count(outputTokens)} out`,
    plural(steps, "step"),
    ...(cost === undefined ? [] : [money(cost, currency)]),
  ];
}

/** Returns "160,000 of 200,000 tokens". */
export function limitWords({ currency, used, limit }: LimitView): string {
  if (currency === undefined) return `${count(used)} of ${count(limit)} tokens`;
  return `${money(used, undefined)} of ${money(limit, currency)}`;
}

/** Returns the used share of a limit in percent: 100 only if it is reached. */
export function percentOf({ used, limit }: LimitView): number {
  if (used >= limit) return 100;
  return Math.min(99, Math.round((used / limit) * 100));
}
