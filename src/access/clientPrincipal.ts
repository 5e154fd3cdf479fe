import type { Principal } from "../core/access/principal.ts";
import { ScopeSet } from "../core/access/scopes.ts";
import type { CommandRules, PrincipalKind, PrincipalLimits } from "../protocol/access.ts";
import type { AccessClient } from "../protocol/accessClients.ts";

/**
 * The principal of a client, alive: its `isActive` becomes false at its revocation or expiry, and stays so. The expiry is
 * checked by the wall clock and by the monotonic one, so that it passes during a suspension, and does not pass back with a
 * clock that is set back.
 */
export class ClientPrincipal implements Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly scopes: ScopeSet;
  readonly commands: CommandRules | undefined;
  readonly limits: PrincipalLimits;
  readonly expiresAt: number | undefined;
  /** By the monotonic clock, in milliseconds. */
  readonly #endsAt: number;
  #isEnded = false;

  /** @param now epoch milliseconds; later than the clock if the clock was set back */
  constructor({ id, name, kind, scopes, commands, limits = {}, expiresAt }: AccessClient, now: number) {
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.scopes = new ScopeSet(scopes);
    this.commands = commands;
    this.limits = limits;
    this.expiresAt = expiresAt === undefined ? undefined : Date.parse(expiresAt);
    this.#endsAt = this.expiresAt === undefined ? Number.POSITIVE_INFINITY : performance.now() + this.expiresAt - now;
  }

  get isActive(): boolean {
    if (this.#isEnded) return false;
    if (this.expiresAt === undefined) return true;
    if (performance.now() < this.#endsAt && Date.now() < this.expiresAt) return true;
    this.#isEnded = true;
    return false;
  }

  /** Milliseconds until the expiry. */
  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /** Ends it, for good. */
  end(): void {
    this.#isEnded = true;
  }
}
