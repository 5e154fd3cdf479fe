import type { Principal } from "../core/access/principal.ts";
import { Expiry } from "../core/access/expiry.ts";
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
  readonly #expiry: Expiry;

  /** @param now epoch milliseconds; later than the clock if the clock was set back */
  constructor({ id, name, kind, scopes, commands, limits = {}, expiresAt }: AccessClient, now: number) {
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.scopes = new ScopeSet(scopes);
    this.commands = commands;
    this.limits = limits;
    this.#expiry = new Expiry(expiresAt === undefined ? undefined : Date.parse(expiresAt), now);
  }

  get expiresAt(): number | undefined {
    return this.#expiry.at;
  }

  get isActive(): boolean {
    return !this.#expiry.isOver;
  }

  /** Milliseconds until the expiry. */
  get remainingMs(): number {
    return this.#expiry.remainingMs;
  }

  /** Ends it, for good. */
  end(): void {
    this.#expiry.end();
  }
}
