import { Emitter } from "../../src/base/events.ts";
import type { Authenticator } from "../../src/core/access/authenticator.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { ScopeSet } from "../../src/core/access/scopes.ts";
import { type GrantedScope, type Role, roles } from "../../src/protocol/access.ts";

/** The access of a fake principal. Default: a client with the role `ci`. */
export interface FakeAccess extends Partial<Pick<Principal, "name" | "kind" | "commands" | "limits" | "expiresAt">> {
  readonly role?: Role;
  /** Instead of those of the role. */
  readonly scopes?: readonly GrantedScope[];
}

export interface FakePrincipal extends Principal {
  readonly token: string;
  isActive: boolean;
}

/** Principals of a test, by tokens that are derived from their IDs. */
export class FakePrincipals implements Authenticator {
  readonly #byToken = new Map<string, FakePrincipal>();
  readonly #ended = new Emitter<Principal>();
  readonly onDidEnd = this.#ended.event;

  add(id: string, { role = "ci", scopes = roles[role], ...access }: FakeAccess = {}): FakePrincipal {
    const token = `kbt_${id}_${"x".repeat(43)}`;
    const principal: FakePrincipal = {
      id,
      name: `Client ${id}`,
      kind: "client",
      limits: {},
      ...access,
      scopes: new ScopeSet(scopes),
      isActive: true,
      token,
    };
    this.#byToken.set(token, principal);
    return principal;
  }

  authenticate(token: string): Principal | undefined | Promise<Principal | undefined> {
    return this.#byToken.get(token);
  }

  /** Ends the access of a principal, as a revocation or its expiry does. */
  end(principal: FakePrincipal): void {
    principal.isActive = false;
    this.#byToken.delete(principal.token);
    this.#ended.fire(principal);
  }
}
