import type { IncomingMessage } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { Expiry } from "../../core/access/expiry.ts";
import { owner, type ParentRef, type Principal, type Via } from "../../core/access/principal.ts";
import { ScopeSet } from "../../core/access/scopes.ts";
import {
  type CommandRules,
  type GrantedScope,
  type PrincipalLimits,
  principalLimitsSchema,
} from "../../protocol/access.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { CALLER_HEADER, parseCaller, type SentCaller } from "./callerHeader.ts";

/** Maximum number of callers to remember. */
const MAX_KNOWN = 1000;

/** The principals that this window knows, other than the owner. */
export interface KnownPrincipals {
  /** Returns the principal with an ID while its access lasts. */
  find(id: string): Principal | undefined;
  /** Returns true if the access of this principal has ended here, or cannot be checked. */
  hasEnded(id: string): boolean;
}

export const nobodyKnown: KnownPrincipals = { find: () => undefined, hasEnded: () => false };

/** The caller of a forwarded request. */
export interface ForwardedCaller {
  readonly principal: Principal;
  readonly via: Via;
  /** In the other window. */
  readonly parent: ParentRef | undefined;
}

interface Known extends ForwardedCaller {
  /** The record of this window that it was made of. */
  readonly own: Principal | undefined;
}

/**
 * Reads the callers that another window has authenticated. A principal that this window knows has at most the access of its
 * own record, and loses it with that. One that it does not know, such as a service account, has the access that was sent.
 */
export class ForwardedCallers {
  readonly #principals: KnownPrincipals;
  /** By the text of the header, because a program sends many requests. The oldest are evicted. */
  readonly #known = new Map<string, Known>();

  constructor(principals: KnownPrincipals) {
    this.#principals = principals;
  }

  /** @throws BridgeError AUTHENTICATION_FAILED */
  callerOf({ headers }: IncomingMessage): ForwardedCaller {
    const text = headers[CALLER_HEADER];
    if (typeof text !== "string") throw refused();
    const known = this.#known.get(text);
    if (known !== undefined && this.#isCurrent(known)) return known;
    this.#known.delete(text);
    const found = this.#read(text);
    if (found?.principal.isActive !== true) throw refused();
    this.#known.set(text, found);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return found;
  }

  #isCurrent({ principal, own }: Known): boolean {
    return principal.isActive && (principal === owner || this.#principals.find(principal.id) === own);
  }

  #read(text: string): Known | undefined {
    const sent = parseCaller(text);
    if (sent === undefined || (sent.kind === "owner") !== (sent.id === owner.id)) return undefined;
    const { id, via } = sent;
    // The window of the parent is the one that cancels this with it.
    const parent = sent.parent && { ...sent.parent, isElsewhere: true };
    if (id === owner.id) return { principal: owner, via, parent, own: undefined };
    // Only the user of the editor, who is the owner.
    if (via === "editor") return undefined;
    const own = this.#principals.find(id);
    const principal =
      own === undefined ? new SentPrincipal(sent, () => !this.#principals.hasEnded(id)) : narrowed(own, sent);
    return { principal, via, parent, own };
  }
}

/** A principal as it was sent, for as long as this window has nothing against it. */
class SentPrincipal implements Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: Principal["kind"];
  readonly scopes: ScopeSet;
  readonly commands: CommandRules | undefined;
  readonly limits: PrincipalLimits;
  readonly #isAllowed: () => boolean;
  readonly #expiry: Expiry;

  constructor(
    { id, name, kind, scopes, commands, limits, expiresAt }: Omit<SentCaller, "via" | "parent">,
    isAllowed: () => boolean,
  ) {
    this.id = id;
    this.name = name;
    this.kind = kind;
    this.scopes = new ScopeSet(scopes);
    this.commands = commands;
    this.limits = limits;
    this.#isAllowed = isAllowed;
    this.#expiry = new Expiry(expiresAt);
  }

  get expiresAt(): number | undefined {
    return this.#expiry.at;
  }

  get isActive(): boolean {
    return this.#isAllowed() && !this.#expiry.isOver;
  }
}

/** Returns what both allow: the own record itself if the other window has the same. */
function narrowed(own: Principal, sent: SentCaller): Principal {
  const { id, name, kind } = own;
  const grant = {
    scopes: commonScopes(own.scopes.granted, sent.scopes),
    commands: commonRules(own.commands, sent.commands),
    limits: commonLimits(own.limits, sent.limits),
    expiresAt: least(own.expiresAt, sent.expiresAt),
  };
  const { commands, limits, expiresAt } = own;
  if (isDeepStrictEqual(grant, { scopes: [...own.scopes.granted], commands, limits, expiresAt })) return own;
  return new SentPrincipal({ id, name, kind, ...grant }, () => own.isActive);
}

function commonLimits(own: PrincipalLimits, sent: PrincipalLimits): PrincipalLimits {
  const names = principalLimitsSchema.keyof().options;
  const limits = names.map((name) => [name, least(own[name], sent[name])] as const);
  return Object.fromEntries(limits.filter(([, limit]) => limit !== undefined));
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function commonScopes(own: readonly GrantedScope[], sent: readonly GrantedScope[]): GrantedScope[] {
  const beyondOwn = new Set(new ScopeSet(own).lacking(sent));
  const beyondSent = new Set(new ScopeSet(sent).lacking(own));
  return [
    ...new Set([...own.filter((scope) => !beyondSent.has(scope)), ...sent.filter((scope) => !beyondOwn.has(scope))]),
  ];
}

/** A pattern of both lists matches what both allow. */
function commonRules(own: CommandRules | undefined, sent: CommandRules | undefined): CommandRules | undefined {
  if (own === undefined || sent === undefined) return own ?? sent;
  const allowed = new Set(sent.allow ?? own.allow);
  const allow = (own.allow ?? sent.allow)?.filter((pattern) => allowed.has(pattern));
  const deny = [...new Set([...(own.deny ?? []), ...(sent.deny ?? [])])];
  return { ...(allow !== undefined && { allow }), ...(deny.length > 0 && { deny }) };
}

function refused(): BridgeError {
  return new BridgeError("AUTHENTICATION_FAILED", "The caller of this forwarded request is not known here.");
}
