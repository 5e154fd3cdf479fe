import type { Principal } from "../../../core/access/principal.ts";
import { assertMeets } from "../../../core/access/scopeRule.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import type { ScopeName, ScopeRule } from "../../../protocol/access.ts";
import { methodScopes, type Withheld } from "../../contract/browser.ts";

const rules: Readonly<Record<string, ScopeRule | "editor" | undefined>> = methodScopes;

/** Returns the methods of a dashboard that a client may not call, with the reason of each. */
export function withheldFrom({ scopes }: Principal): Readonly<Record<string, Withheld>> {
  const withheld: Record<string, Withheld> = {};
  for (const [method, rule] of Object.entries(methodScopes)) {
    if (rule === "any") continue;
    const wanted: readonly ScopeName[] = typeof rule === "object" ? rule : rule === "editor" ? [] : [rule];
    const [first] = wanted;
    if (first === undefined) withheld[method] = "editor";
    else if (!wanted.some((scope) => scopes.has(scope))) withheld[method] = first;
  }
  return withheld;
}

/** @throws BridgeError ACCESS_DENIED for a method that a client may not call */
export function assertMayCall(principal: Principal, method: string): void {
  const rule = rules[method];
  if (rule === "editor" || rule === undefined)
    throw new BridgeError("ACCESS_DENIED", "Only a window of the editor can do this.", { rule: "editor" });
  assertMeets(principal, rule);
}
