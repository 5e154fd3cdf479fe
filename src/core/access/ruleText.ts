import type { ErrorContext } from "../../protocol/errors.ts";

/** Returns the guard, the scope, or the pattern of a setting that an error names, as in `scope: commands:run`. */
export function ruleText(context: ErrorContext | undefined): string | undefined {
  const { rule, scope } = context ?? {};
  if (typeof rule === "string") return typeof scope === "string" ? `${rule}: ${scope}` : rule;
  return typeof rule === "object" && rule !== null && "setting" in rule ? patternText(rule) : undefined;
}

/** @param rule a rule of the policy */
export function patternText(rule: { readonly setting: unknown; readonly pattern?: unknown }): string {
  const setting = String(rule.setting).replace(/^kiroBridge\./, "");
  return typeof rule.pattern === "string" ? `${setting}: ${rule.pattern}` : setting;
}
