import type { Caller } from "../core/access/principal.ts";
import type { CommandRules, GrantedScope, PrincipalKind, PrincipalLimits } from "../protocol/access.ts";
import type { AccessClient } from "../protocol/accessClients.ts";

/** The permissions of a new client, and the caller that lets it in. */
export interface Grant {
  readonly name: string;
  readonly kind: Exclude<PrincipalKind, "owner">;
  readonly scopes: readonly GrantedScope[];
  readonly commands?: CommandRules | undefined;
  readonly limits?: PrincipalLimits | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt?: number | undefined;
  /** Lets it in. */
  readonly by: Caller;
}

/** A client and its token, which is not stored and cannot be shown again. */
export interface NewClient {
  readonly client: AccessClient;
  readonly token: string;
}
