import type { AccessStore } from "../../access/accessStore.ts";
import type { Pairings } from "../../access/pairings.ts";
import { withinOwn } from "../../access/granting.ts";
import type { Caller } from "../../core/access/principal.ts";
import type { AccessClient } from "../../protocol/accessClients.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { PairDecision, PairRequest } from "../../protocol/pairing.ts";
import type { AccessClientView, AccessResults, AccessView, PairingDecision, PairingView } from "../contract/access.ts";
import type { DashboardParams } from "../contract/dashboard.ts";
import { permissionSentence } from "../contract/scopeWords.ts";
import type { EditorActions } from "./editorActions.ts";

/** The clients that were let in, and the programs that ask for it. */
export interface AccessParts {
  readonly store: Pick<AccessStore, "list" | "create" | "revoke" | "onDidChange" | "problem">;
  readonly pairings: Pick<Pairings, "pending" | "decide" | "onDidChange">;
}

/** The parts, and the caller who acts. */
export interface AccessDeps {
  readonly access: AccessParts;
  readonly caller: Caller;
}

const HOUR_MS = 3_600_000;

const decisions = {
  allow: { decision: "allow" },
  "allow-hour": { decision: "allow", hours: 1 },
  deny: { decision: "deny" },
} as const satisfies Record<PairingDecision, PairDecision>;

/** Returns who has access and who asks for it, without tokens. @param connections number of open connections by principal */
export function accessView({ store, pairings }: AccessParts, connections: ReadonlyMap<string, number>): AccessView {
  return {
    requests: pairings.pending.map(pairingView),
    clients: store.list().map((client) => clientView(client, connections.get(client.id) ?? 0)),
    ...(store.problem !== undefined && { problem: store.problem }),
  };
}

/** @throws BridgeError NOT_FOUND or CONFLICT if the request was decided elsewhere or has expired */
export function decidePairing({ access, caller }: AccessDeps, requestId: string, decision: PairingDecision): void {
  access.pairings.decide(requestId, decisions[decision], caller);
}

/** Revokes the access of a client after the user has agreed. */
export async function revokeAccess(
  { access: { store }, caller }: AccessDeps,
  editorActions: Pick<EditorActions, "confirm">,
  clientId: string,
): Promise<AccessResults["revokeAccess"]> {
  const client = store.list().find(({ id }) => id === clientId);
  if (client === undefined) throw new BridgeError("NOT_FOUND", "This client no longer has access.");
  const isSure = await editorActions.confirm({ kind: "revoke-access", name: client.name });
  return { isRevoked: isSure && (await store.revoke(clientId, caller)) };
}

/**
 * Creates a client and returns its token, which cannot be shown again.
 * @throws BridgeError ACCESS_DENIED for a permission that the caller does not have itself
 */
export async function createToken(
  { access: { store }, caller }: AccessDeps,
  { name, scopes, commands, hours }: DashboardParams<"createToken">,
): Promise<AccessResults["createToken"]> {
  const expiresAt = hours === undefined ? undefined : Date.now() + hours * HOUR_MS;
  const permissions = withinOwn(caller.principal, { scopes, commands, limits: undefined, expiresAt });
  const { client, token } = await store.create({ name, kind: "service", ...permissions, by: caller });
  return { name: client.name, token };
}

/** Returns one sentence that names the program first: what follows may be long. */
export function pairingSentence({ name, code, scopes, commands }: PairRequest): string {
  return `“${name}” asks for access (code ${code}): ${permissionSentence(scopes, commands)}.`;
}

function pairingView(request: PairRequest): PairingView {
  const { id, name, code, scopes, program, commands, reason, expiresAt } = request;
  return {
    id,
    name,
    code,
    scopes,
    ...(program !== undefined && { program }),
    ...(commands !== undefined && { commands }),
    ...(reason !== undefined && { reason }),
    expiresAt,
  };
}

/** Copies field by field: a record of the store may have more, which the page must not get. */
function clientView(client: AccessClient, connections: number): AccessClientView {
  const { id, name, kind, scopes, commands, createdAt, expiresAt, lastUsedAt, grantedBy } = client;
  return {
    id,
    name,
    kind,
    scopes,
    createdAt,
    grantedBy: grantedBy.name,
    connections,
    ...(commands !== undefined && { commands }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(lastUsedAt !== undefined && { lastUsedAt }),
  };
}
