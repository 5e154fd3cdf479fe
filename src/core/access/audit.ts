import type { GrantedScope, PrincipalRef } from "../../protocol/access.ts";
import type { BridgeError, ErrorCode } from "../../protocol/errors.ts";
import type { Caller, Principal, Via } from "./principal.ts";

/** Receives what the audit log records. */
export interface AuditSink {
  /** Records an entry. Never throws and never waits: the entry is serialized and written later. */
  note(entry: AuditEntry): void;
}

/** Records nothing. */
export const noAudit: AuditSink = { note: () => undefined };

export type AuditEntry =
  | ExecutionAccepted
  | ExecutionEnded
  | ExecutionControlled
  | TerminalOpened
  | RequestRefused
  | PairingChanged
  | ClientChanged
  | TokenRotated
  | AccessWidened
  | ExportsControlled
  | PluginChanged;

export interface ExecutionAccepted {
  readonly kind: "execution-accepted";
  readonly by: Caller;
  readonly executionId: string;
  readonly target: string;
  readonly command: string;
  /** Must not be modified afterwards. The log has a digest of it, unless the user wants the text. */
  readonly args: readonly unknown[];
  readonly params?: readonly unknown[] | undefined;
  /** Weight of the arguments in characters. */
  readonly weight: number;
  /** The pattern that allowed it, as in `commands.allow: *`. */
  readonly rule?: string | undefined;
}

export interface ExecutionEnded {
  readonly kind: "execution-ended";
  readonly executionId: string;
  readonly command: string;
  readonly principal: PrincipalRef | undefined;
  readonly status: string;
  readonly code?: ErrorCode | undefined;
  readonly elapsedMs: number;
}

/** An execution was cancelled, or one of its questions was answered, which may let a tool run. */
interface ExecutionControlled {
  readonly kind: "cancel-requested" | "input-answered";
  readonly by: Caller;
  readonly executionId: string;
}

interface TerminalOpened {
  readonly kind: "terminal-opened";
  readonly by: Caller;
}

/** A request was rejected. Only 401, 403 and 429 are recorded, aggregated when there are many. */
export interface RequestRefused {
  readonly kind: "request-refused";
  /** Undefined for a request without a valid token. */
  readonly by?: Principal | undefined;
  readonly via: Via;
  readonly program?: string | undefined;
  /** The HTTP method and path, the method of a WebSocket, or the command. */
  readonly what: string;
  /** Recorded once: the first note of an error has the most detail. */
  readonly error: BridgeError;
}

/** A program asked to be let in, and what became of it. */
export interface PairingChanged {
  readonly kind: "pairing-requested" | "pairing-allowed" | "pairing-denied" | "pairing-expired";
  readonly pairingId: string;
  /** The name that the program gives itself. */
  readonly name: string;
  readonly program?: string | undefined;
  /** The scopes that were asked for, or that were allowed. */
  readonly scopes: readonly GrantedScope[];
  /** Epoch milliseconds. */
  readonly expiresAt?: number | undefined;
  /** The caller that decided. Undefined for a request and for its expiry. */
  readonly by?: Caller | undefined;
}

/** The access of a client began or ended. */
interface ClientChanged {
  readonly kind: "client-created" | "client-revoked" | "client-expired";
  readonly client: PrincipalRef;
  readonly scopes: readonly GrantedScope[];
  /** Epoch milliseconds. */
  readonly expiresAt?: number | undefined;
  /** Undefined for an expiry, and for a change in another window. */
  readonly by?: Caller | undefined;
}

/** A token was replaced: of the owner, or of a client. */
interface TokenRotated {
  readonly kind: "token-rotated";
  readonly client: PrincipalRef;
  readonly by?: Caller | undefined;
}

/** A setting was applied that lets more programs in, or lets them do more, than its default. */
export interface AccessWidened {
  readonly kind: "access-widened";
  /** The key, without the prefix `kiroBridge.`. */
  readonly setting: string;
  readonly value: string;
}

/** A destination of exports was tested, or its dead letters were sent again or removed. */
export interface ExportsControlled {
  readonly kind: "export-tested" | "export-replayed" | "dead-letters-removed";
  readonly by: Caller;
  /** Of the destination. */
  readonly name: string;
}

/**
 * The user has decided whether a plugin may run, its process was started, or it is not used because another one has its
 * name.
 */
export interface PluginChanged {
  readonly kind: "plugin-approved" | "plugin-denied" | "plugin-started" | "plugin-refused";
  readonly name: string;
  readonly version: string;
  /** The folder with its manifest. */
  readonly folder: string;
}
