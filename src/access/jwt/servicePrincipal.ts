import { hash } from "node:crypto";
import { Expiry } from "../../core/access/expiry.ts";
import type { Principal } from "../../core/access/principal.ts";
import { ScopeSet } from "../../core/access/scopes.ts";
import { type GrantedScope, isScope } from "../../protocol/access.ts";
import type { JwtIssuer } from "./issuers.ts";

const MAX_NAME = 100;
/** Names that a person reads must not control a terminal or reorder text. */
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** The claims that a principal is made of; verified. */
export interface ServiceClaims {
  readonly sub: string;
  /** In epoch seconds. */
  readonly exp: number;
  readonly iat: number;
  readonly [name: string]: unknown;
}

/** An issuer, as long as the user trusts it. */
export interface Trust {
  readonly issuer: JwtIssuer;
  readonly isTrusted: boolean;
}

/** A service account: the bearer of one verified JWT, until it expires. */
export class ServicePrincipal implements Principal {
  readonly id: string;
  readonly name: string;
  readonly kind = "service";
  readonly scopes: ScopeSet;
  readonly commands: Principal["commands"];
  readonly limits: Principal["limits"];
  readonly expiresAt: number;
  readonly #expiry: Expiry;
  readonly #trust: Trust;

  /** @param toleranceMs the clock skew that its verification allowed */
  constructor(trust: Trust, claims: ServiceClaims, toleranceMs: number) {
    const { issuer } = trust;
    this.#trust = trust;
    this.id = `jwt-${hash("sha256", JSON.stringify([issuer.issuer, claims.sub]), "base64url").slice(0, 22)}`;
    this.name = claims.sub.replaceAll(UNREADABLE, " ").trim().slice(0, MAX_NAME) || "(no name)";
    this.scopes = new ScopeSet(scopesOf(issuer, claims[issuer.scopesClaim]));
    this.commands = issuer.commands;
    this.limits = issuer.limits ?? {};
    this.expiresAt = Math.min(claims.exp, claims.iat + issuer.maxAgeSeconds) * 1000 + toleranceMs;
    this.#expiry = new Expiry(this.expiresAt);
  }

  get isActive(): boolean {
    if (!this.#trust.isTrusted) this.#expiry.end();
    return !this.#expiry.isOver;
  }

  /** Ends it at its expiry, which a timer may notice a moment before the clocks do. */
  end(): void {
    this.#expiry.end();
  }
}

/**
 * Reads the scopes of a claim: a string separated by spaces, or an array. Ignores those of other services and
 * `access:manage`, and what exceeds the scopes that the user has set for the issuer.
 */
function scopesOf({ scopes: ceiling }: JwtIssuer, claim: unknown): GrantedScope[] {
  const named: readonly unknown[] = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  const known = named.filter((scope) => typeof scope === "string").filter(isScope);
  const wanted = [...new Set(known)].filter((scope) => scope !== "access:manage");
  const excess = new Set(ceiling === undefined ? [] : new ScopeSet(ceiling).lacking(wanted));
  return wanted.filter((scope) => !excess.has(scope));
}
