import type { Principal } from "../core/access/principal.ts";
import type { CommandRules, GrantedScope, PrincipalLimits } from "../protocol/access.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { Grant } from "./grant.ts";

/** The part of a grant that says what it permits. */
export type Permissions = Pick<Grant, "scopes" | "commands" | "limits" | "expiresAt">;

const limitNames = [
  "requestsPerMinute",
  "running",
  "queued",
  "connections",
  "incomingBytes",
] as const satisfies readonly (keyof PrincipalLimits)[];

/**
 * Bounds what a principal grants by what it has: nobody gets more commands, higher limits or a longer time from it.
 * @throws BridgeError ACCESS_DENIED with `{scope}` for a scope that it does not have, or without `access:manage`
 */
export function withinOwn(granter: Principal, wanted: Permissions): Permissions {
  granter.scopes.assert("access:manage");
  const [missing] = granter.scopes.lacking(wanted.scopes);
  if (missing !== undefined) throw notOwn(missing);
  return {
    scopes: wanted.scopes,
    commands: narrowRules(granter.commands, wanted.commands),
    limits: narrowLimits(granter.limits, wanted.limits),
    expiresAt: least(granter.expiresAt, wanted.expiresAt),
  };
}

/** Patterns cannot be intersected, so an allow list may only have patterns of the granter's. */
function narrowRules(own: CommandRules | undefined, wanted: CommandRules | undefined): CommandRules | undefined {
  if (own === undefined) return wanted;
  const deny = [...new Set([...(own.deny ?? []), ...(wanted?.deny ?? [])])];
  const allow = own.allow === undefined ? wanted?.allow : (wanted?.allow ?? own.allow);
  const isWider = own.allow !== undefined && allow?.some((pattern) => own.allow?.includes(pattern) !== true);
  if (isWider === true) {
    throw new BridgeError("ACCESS_DENIED", "This access can only grant patterns of its own list of commands.", {
      rule: "commands",
    });
  }
  return { ...(allow !== undefined && { allow }), ...(deny.length > 0 && { deny }) };
}

function narrowLimits(own: PrincipalLimits, wanted: PrincipalLimits | undefined): PrincipalLimits {
  const limits: { -readonly [K in keyof PrincipalLimits]: PrincipalLimits[K] } = { ...wanted };
  for (const name of limitNames) {
    const value = least(own[name], wanted?.[name]);
    if (value !== undefined) limits[name] = value;
  }
  return limits;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function notOwn(scope: GrantedScope): BridgeError {
  return new BridgeError("ACCESS_DENIED", `This access does not include the scope ${scope}, and so cannot grant it.`, {
    rule: "scope",
    scope,
  });
}
