import * as l10n from "@vscode/l10n";
import type { LimitView, UsedView } from "../../state/engineViews.ts";
import { inLanguage, plural } from "../l10n/language.ts";
import { count } from "../look/format.ts";

const formatter = (options: Intl.NumberFormatOptions): (() => Intl.NumberFormat) =>
  inLanguage((locale) => new Intl.NumberFormat(locale, options));
const compact = formatter({ notation: "compact", maximumFractionDigits: 1 });
const whole = formatter({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const small = formatter({ minimumFractionDigits: 2, maximumSignificantDigits: 3 });

/** Returns "4,210" or "1.2M". */
export function shortCount(value: number): string {
  return value < 10_000 ? count(value) : compact().format(value);
}

/** Returns "1.50 USD" or "0.00123 USD". */
export function money(value: number, currency: string | undefined): string {
  const number = value === 0 || value >= 1 ? whole().format(value) : small().format(value);
  return currency === undefined || currency === "" ? number : `${number} ${currency}`;
}

/** Returns "150,000 tokens in (90,000 cached), 10,000 out", "12 steps" and the cost. */
export function usedWords({ steps, inputTokens, cachedInputTokens, outputTokens, cost, currency }: UsedView): string[] {
  const [input, cached, output] = [count(inputTokens), count(cachedInputTokens), count(outputTokens)];
  return [
    cachedInputTokens === 0
      ? l10n.t("{0} tokens in, {1} out", input, output)
      : l10n.t("{0} tokens in ({1} cached), {2} out", input, cached, output),
    plural(steps, l10n.t("{0} step", count(steps)), l10n.t("{0} steps", count(steps))),
    ...(cost === undefined ? [] : [money(cost, currency)]),
  ];
}

/** Returns "160,000 of 200,000 tokens". */
export function limitWords({ currency, used, limit }: LimitView): string {
  if (currency === undefined) return l10n.t("{0} of {1} tokens", count(used), count(limit));
  return l10n.t("{0} of {1}", money(used, undefined), money(limit, currency));
}

/** Returns the used share of a limit in percent: 100 only if it is reached. */
export function percentOf({ used, limit }: LimitView): number {
  if (used >= limit) return 100;
  return Math.min(99, Math.round((used / limit) * 100));
}
