import type { CommandRules } from "../../protocol/access.ts";
import { wildcard } from "./wildcard.ts";

/** The rule behind a decision. */
export interface PolicyRule {
  /** The setting with the rule, "access" for a rule of the client's own, or "built-in" for one that cannot be changed. */
  readonly setting: string;
  readonly pattern?: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly rule?: PolicyRule;
}

export const ACCESS = "access";

export interface CompiledRule {
  readonly rule: PolicyRule;
  readonly matches: (commandId: string) => boolean;
}

/** The compiled rules of one principal. */
interface PrincipalRules {
  /** Returns a denial, or undefined if these rules do not narrow the decision. */
  decide(commandId: string): Decision | undefined;
}

const compiled = new WeakMap<CommandRules, PrincipalRules>();

/** Compiles the rules of a principal on first use. */
export function principalRules(rules: CommandRules): PrincipalRules {
  const known = compiled.get(rules);
  if (known !== undefined) return known;
  const made = compileAll(rules);
  compiled.set(rules, made);
  return made;
}

export function compile(setting: string, pattern: string): CompiledRule {
  return { rule: { setting, pattern }, matches: wildcard(pattern) };
}

function compileAll({ allow, deny = [] }: CommandRules): PrincipalRules {
  const allowed = allow?.map((pattern) => compile(ACCESS, pattern));
  const denied = deny.map((pattern) => compile(ACCESS, pattern));
  return {
    decide(commandId) {
      const match = denied.find(({ matches }) => matches(commandId));
      if (match !== undefined) return { allowed: false, rule: match.rule };
      if (allowed === undefined || allowed.some(({ matches }) => matches(commandId))) return undefined;
      return { allowed: false, rule: { setting: ACCESS } };
    },
  };
}
