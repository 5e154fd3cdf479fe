import type { ScopeRule } from "../../protocol/access.ts";
import type { Principal } from "./principal.ts";

/** @throws BridgeError ACCESS_DENIED with `{scope}` if the principal does not meet the rule */
export function assertMeets({ scopes }: Principal, rule: ScopeRule): void {
  if (rule === "any" || rule === "public") return;
  if (typeof rule === "string") scopes.assert(rule);
  else scopes.assertAny(rule);
}
