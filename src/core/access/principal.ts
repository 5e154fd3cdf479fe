import {
  type CommandRules,
  type PrincipalKind,
  type PrincipalLimits,
  type PrincipalRef,
  roles,
} from "../../protocol/access.ts";
import type { GatewayId } from "../../protocol/clients.ts";
import { ScopeSet } from "./scopes.ts";

/** The author of a request, which decides everything that the request may do (docs/wire-contract.md#15-principals). */
export interface Principal {
  /** `owner`, or a unique ID that is never used again. */
  readonly id: string;
  /** For people; not unique. */
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly scopes: ScopeSet;
  /** Narrow the user's own lists of commands. */
  readonly commands?: CommandRules | undefined;
  readonly limits: PrincipalLimits;
  /** Epoch milliseconds. */
  readonly expiresAt?: number | undefined;
  /** False after its revocation or expiry. Checked again before queued work starts. */
  readonly isActive: boolean;
}

/**
 * The entry points. `editor`: the palette and the dashboard, which the user operates. `agent`: a tool of an agent. `export`: a
 * destination of exports, which may only answer questions.
 */
export type Via = "http" | "websocket" | "sse" | "terminal" | "editor" | "agent" | "export" | GatewayId;

/** The execution in which an agent has requested another one. */
export interface ParentRef {
  readonly executionId: string;
  /** The number of ancestors of what is requested. */
  readonly depth: number;
  /** The first of these ancestors. Absent from windows of earlier versions. */
  readonly rootId?: string | undefined;
  /** True if the execution runs in another window. */
  readonly isElsewhere?: boolean;
}

/** A principal and the way that its request came in. */
export interface Caller {
  readonly principal: Principal;
  readonly via: Via;
  /** The name that the program gives itself in its User-Agent header; of an agent, its ID. */
  readonly program?: string | undefined;
  /** Set for a request of an agent. */
  readonly parent?: ParentRef | undefined;
  /** The position of the request in a trace of its program (https://www.w3.org/TR/trace-context/). */
  readonly traceparent?: string | undefined;
}

/** Returns the caller of a request with its own position in a trace. */
export function inTrace(caller: Caller, traceparent: string | undefined): Caller {
  return traceparent === caller.traceparent ? caller : { ...caller, traceparent };
}

/** The holder of the token of the discovery file. */
export const owner: Principal = {
  id: "owner",
  name: "Owner",
  kind: "owner",
  scopes: new ScopeSet(roles.owner),
  limits: {},
  isActive: true,
};

/** The user of the editor. Not subject to the lists of commands, which apply to programs. */
export const editorUser: Caller = { principal: owner, via: "editor" };

/** A program with the token of the discovery file. */
export const ownerProgram: Caller = { principal: owner, via: "http" };

/**
 * Returns the principal that the agent sessions of a principal belong to: itself, or undefined for shared sessions. Those
 * who share may read every conversation, and cancel or close it.
 */
export function sessionOwnerOf({ id, scopes }: Pick<Principal, "id" | "scopes">): string | undefined {
  return scopes.has("history:read") && scopes.has("executions:cancel") ? undefined : id;
}

export function principalRef({ id, name, kind }: Principal): PrincipalRef {
  return { id, name, kind };
}

/**
 * Returns true if the principal may see something of another one, according to `scope`, which covers all executions.
 * @param ownerId the principal that sent the request; undefined in records of earlier versions
 */
export function maySee(
  { id, scopes }: Principal,
  scope: "events:read" | "history:read",
  ownerId: string | undefined,
): boolean {
  return scopes.has(scope) || (ownerId === id && scopes.has(`${scope}:own`));
}

/** Returns true if the principal may see that an execution of another one is running. @param ownerId see `maySee` */
export function maySeeRun(principal: Principal, ownerId: string | undefined): boolean {
  return maySee(principal, "events:read", ownerId) || maySee(principal, "history:read", ownerId);
}
