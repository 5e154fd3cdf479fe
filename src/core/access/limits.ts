import type { PrincipalKind, PrincipalLimits } from "../../protocol/access.ts";
import type { Principal } from "./principal.ts";

/** The limits of one principal. Infinity: only the limits of the whole bridge apply. */
export type EffectiveLimits = { readonly [Name in keyof PrincipalLimits]-?: number };

const none: EffectiveLimits = {
  requestsPerMinute: Infinity,
  running: Infinity,
  queued: Infinity,
  connections: Infinity,
  incomingBytes: Infinity,
};

const ofPrograms: EffectiveLimits = {
  requestsPerMinute: 6000,
  running: 16,
  queued: 50,
  connections: 32,
  incomingBytes: 32 * 1024 * 1024,
};

/** The default limits of each kind of principal. A fraction of those of the bridge, so that no program can use them up. */
export const defaultLimits: Readonly<Record<PrincipalKind, EffectiveLimits>> = {
  owner: none,
  client: ofPrograms,
  plugin: ofPrograms,
  // The other windows of the user, which have checked the principal of each request themselves.
  window: none,
  service: ofPrograms,
};

type Limited = Pick<Principal, "kind" | "limits">;

/** By principal, because each request asks several times. */
const known = new WeakMap<Limited, { readonly limits: PrincipalLimits; readonly effective: EffectiveLimits }>();

/** Returns all limits of a principal: its own, and the defaults of its kind for the rest. */
export function effectiveLimits(principal: Limited): EffectiveLimits {
  const { limits } = principal;
  const found = known.get(principal);
  if (found?.limits === limits) return found.effective;
  const effective = join(principal);
  known.set(principal, { limits, effective });
  return effective;
}

function join({ kind, limits }: Limited): EffectiveLimits {
  const defaults = defaultLimits[kind];
  return {
    requestsPerMinute: limits.requestsPerMinute ?? defaults.requestsPerMinute,
    running: limits.running ?? defaults.running,
    queued: limits.queued ?? defaults.queued,
    connections: limits.connections ?? defaults.connections,
    incomingBytes: limits.incomingBytes ?? defaults.incomingBytes,
  };
}
