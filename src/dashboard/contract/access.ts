import * as z from "zod";
import {
  type CommandRules,
  commandRulesSchema,
  type GrantedScope,
  type PrincipalKind,
  scopeSchema,
} from "../../protocol/access.ts";
import { clientNameSchema } from "../../protocol/accessClients.ts";

const id = z.string().min(1).max(100);

const pairingDecisions = ["allow", "allow-hour", "deny"] as const;
export type PairingDecision = (typeof pairingDecisions)[number];

/** The longest expiry of a token that the page offers, in hours. */
const MAX_TOKEN_HOURS = 24 * 365;

/** The methods of the Access page. `createToken` alone returns a token: the one that it has just created, once. */
export const accessMethods = {
  access: z.strictObject({}).optional(),
  decidePairing: z.strictObject({ requestId: id, decision: z.enum(pairingDecisions) }),
  /** Asks for confirmation. */
  revokeAccess: z.strictObject({ clientId: id }),
  createToken: z.strictObject({
    name: clientNameSchema,
    scopes: z.array(scopeSchema).min(1).max(50),
    commands: commandRulesSchema.optional(),
    /** Absent: until it is revoked. */
    hours: z.int().min(1).max(MAX_TOKEN_HOURS).optional(),
  }),
} as const;

/** A program that asks to be let in. */
export interface PairingView {
  readonly id: string;
  readonly name: string;
  /** The name in its User-Agent header. */
  readonly program?: string;
  /** Shown by the program as well, so that the user can compare. */
  readonly code: string;
  readonly scopes: readonly GrantedScope[];
  readonly commands?: CommandRules;
  readonly reason?: string;
  /** ISO time. */
  readonly expiresAt: string;
}

/** A client that was let in. */
export interface AccessClientView {
  readonly id: string;
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly scopes: readonly GrantedScope[];
  readonly commands?: CommandRules;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
  /** The name of the principal that let it in. */
  readonly grantedBy: string;
  /** Its open connections to this window. */
  readonly connections: number;
}

export interface AccessView {
  readonly requests: readonly PairingView[];
  readonly clients: readonly AccessClientView[];
  /** A sentence for the user, if the list of clients cannot be read. */
  readonly problem?: string;
}

export interface AccessResults {
  access: AccessView;
  revokeAccess: { readonly isRevoked: boolean };
  createToken: { readonly name: string; readonly token: string };
}
