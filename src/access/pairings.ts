import { hash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { startDeadline } from "../base/deadline.ts";
import { type Disposable, DisposableStore, toDisposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { AuditEntry, AuditSink, PairingChanged } from "../core/access/audit.ts";
import type { Caller } from "../core/access/principal.ts";
import { ScopeSet } from "../core/access/scopes.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { PairDecision, PairRequest } from "../protocol/pairing.ts";
import { invalid } from "../protocol/validate.ts";
import type { AccessStore } from "./accessStore.ts";
import type { Grant, NewClient } from "./grant.ts";
import { withinOwn } from "./granting.ts";

/** Lifetime of a request in milliseconds, and the time during which its token can be collected after the decision. */
export const PAIRING_MS = 5 * 60_000;
/** Maximum number of requests that wait for a decision or for their collection. */
const MAX_PENDING = 3;
/** Maximum number of ended requests to remember, so that their programs are told. */
const MAX_ENDED = 50;
const HOUR_MS = 60 * 60_000;
/** Without letters and digits that look alike. */
const CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CODE_GROUP = 4;

/** The wishes of a program. */
export type PairAsk = Pick<PairRequest, "name" | "scopes" | "commands" | "limits" | "reason" | "program" | "from">;

/** The state of a request. `allowed`: its token is made when it is collected. */
export type PairState =
  | { readonly kind: "pending" }
  | { readonly kind: "allowed"; readonly grant: Grant }
  | { readonly kind: "denied" }
  | { readonly kind: "expired" }
  | { readonly kind: "collected" };

interface Pairing {
  readonly request: PairRequest;
  readonly digest: string;
  state: PairState;
  isPolled: boolean;
  deadline: Disposable;
}

/** The view that one program has of its request. Others get CONFLICT until it is disposed. */
export interface PairPoll extends Disposable {
  readonly request: PairRequest;
  readonly state: PairState;
  /**
   * Makes the token of an allowed request, and passes it to `deliver`. If that returns false or throws, the token is revoked,
   * and can be collected again.
   */
  collect(deliver: (made: NewClient) => Promise<boolean>): Promise<void>;
  /** Ends the request, unless it has ended: its program has given it up. */
  withdraw(): void;
}

export interface PairingsDeps {
  readonly store: Pick<AccessStore, "create" | "revoke">;
  readonly audit: AuditSink;
}

/**
 * Programs that ask to be let in (docs/wire-contract.md#17-pairing). A request lives for 5 minutes. Its code is for the eyes of
 * the user; what it results in is only found with its secret, of which a hash is kept.
 */
export class Pairings implements Disposable {
  readonly #deps: PairingsDeps;
  /** Oldest first. */
  readonly #pairings = new Map<string, Pairing>();
  readonly #changed = new Emitter<void>();
  /** Fires when a request changes its state. */
  readonly onDidChange = this.#changed.event;

  constructor(deps: PairingsDeps) {
    this.#deps = deps;
  }

  /** The requests that wait for a decision, oldest first. */
  get pending(): readonly PairRequest[] {
    return this.#all("pending").map(({ request }) => request);
  }

  /**
   * Takes a request.
   * @returns the request, and the secret of its location
   * @throws BridgeError RATE_LIMIT_EXCEEDED if there is one with this name, or if there are too many
   */
  ask(ask: PairAsk): { readonly request: PairRequest; readonly secret: string } {
    const open = [...this.#all("pending"), ...this.#all("allowed")];
    const name = foldName(ask.name);
    if (open.some(({ request }) => foldName(request.name) === name))
      throw tooMany(`A program named '${ask.name}' already waits for the user's decision.`, 1);
    if (open.length >= MAX_PENDING)
      throw tooMany(`${open.length} programs already wait for the user's decision.`, MAX_PENDING);
    const now = Date.now();
    const secret = randomBytes(32).toString("base64url");
    const request: PairRequest = {
      id: randomUUID(),
      code: this.#newCode(),
      ...ask,
      askedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + PAIRING_MS).toISOString(),
    };
    const digest = digestOf(secret);
    const deadline = startDeadline(PAIRING_MS, () => this.#expire(digest));
    this.#pairings.set(digest, { request, digest, state: { kind: "pending" }, isPolled: false, deadline });
    this.#note("pairing-requested", request);
    this.#changed.fire();
    return { request, secret };
  }

  /**
   * Decides a request, with at most the scopes that were asked for and that the decider has.
   * @throws BridgeError NOT_FOUND, CONFLICT (it was decided or has expired), VALIDATION_FAILED, ACCESS_DENIED
   */
  decide(id: string, { decision, hours, scopes }: PairDecision, by: Caller): void {
    by.principal.scopes.assert("access:manage");
    const pairing = [...this.#pairings.values()].find(({ request }) => request.id === id);
    if (pairing === undefined) throw new BridgeError("NOT_FOUND", "There is no pairing request with this ID.");
    const { request } = pairing;
    if (pairing.state.kind === "pending" && Date.parse(request.expiresAt) <= Date.now()) this.#expire(pairing.digest);
    if (pairing.state.kind !== "pending")
      throw new BridgeError("CONFLICT", `This pairing request is ${pairing.state.kind} already.`);
    if (decision === "deny") {
      this.#note("pairing-denied", request, { by });
      this.#become(pairing, { kind: "denied" });
      return;
    }
    const grant = this.#grantOf(request, { hours, scopes }, by);
    this.#note("pairing-allowed", request, { scopes: grant.scopes, expiresAt: grant.expiresAt, by });
    this.#become(pairing, { kind: "allowed", grant });
  }

  /**
   * Opens the request of a secret, for one program at a time.
   * @throws BridgeError NOT_FOUND, CONFLICT
   */
  poll(secret: string): PairPoll {
    const pairing = this.#pairings.get(digestOf(secret));
    if (pairing === undefined) throw new BridgeError("NOT_FOUND", "There is no such pairing request, or no longer.");
    if (pairing.isPolled) throw new BridgeError("CONFLICT", "Another request already waits for this decision.");
    pairing.isPolled = true;
    const released = toDisposable(() => {
      pairing.isPolled = false;
    });
    return {
      request: pairing.request,
      get state() {
        return pairing.state;
      },
      collect: (deliver) => this.#collect(pairing, deliver),
      withdraw: () => {
        if (pairing.state.kind === "pending" || pairing.state.kind === "allowed") this.#expire(pairing.digest);
      },
      dispose: () => released.dispose(),
    };
  }

  async dispose(): Promise<void> {
    const store = new DisposableStore();
    for (const { deadline } of this.#pairings.values()) store.add(deadline);
    this.#pairings.clear();
    this.#changed.dispose();
    await store.dispose();
  }

  #all(kind: PairState["kind"]): Pairing[] {
    return [...this.#pairings.values()].filter(({ state }) => state.kind === kind);
  }

  #grantOf(request: PairRequest, { hours, scopes }: Pick<PairDecision, "hours" | "scopes">, by: Caller): Grant {
    const [wider] = new ScopeSet(request.scopes).lacking(scopes ?? []);
    if (wider !== undefined)
      throw invalid("scopes", "scope", "scopes that were asked for", wider, `${wider} was not asked for`);
    const { name, commands, limits } = request;
    const permissions = withinOwn(by.principal, {
      scopes: scopes ?? request.scopes,
      commands,
      limits,
      expiresAt: hours === undefined ? undefined : Date.now() + hours * HOUR_MS,
    });
    return { name, kind: "client", ...permissions, by };
  }

  async #collect(pairing: Pairing, deliver: (made: NewClient) => Promise<boolean>): Promise<void> {
    const { state } = pairing;
    if (state.kind !== "allowed") return;
    if (!state.grant.by.principal.isActive) {
      this.#expire(pairing.digest);
      return;
    }
    const made = await this.#deps.store.create(state.grant);
    let isDelivered = false;
    try {
      isDelivered = await deliver(made);
    } finally {
      if (isDelivered) this.#become(pairing, { kind: "collected" });
      else await this.#deps.store.revoke(made.client.id, state.grant.by);
    }
  }

  #become(pairing: Pairing, state: PairState): void {
    pairing.state = state;
    void pairing.deadline.dispose();
    // Kept for a while, for a program that asks later.
    pairing.deadline = startDeadline(PAIRING_MS, () => this.#expire(pairing.digest));
    const ended = [...this.#pairings.values()].filter(
      ({ state: { kind } }) => kind !== "pending" && kind !== "allowed",
    );
    for (const { digest } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) this.#forget(digest);
    this.#changed.fire();
  }

  /** Ends a request that nobody decided or collected, and forgets one that has ended. */
  #expire(digest: string): void {
    const pairing = this.#pairings.get(digest);
    if (pairing?.state.kind === "pending" || pairing?.state.kind === "allowed") {
      this.#note("pairing-expired", pairing.request);
      this.#become(pairing, { kind: "expired" });
    } else this.#forget(digest);
  }

  #forget(digest: string): void {
    void this.#pairings.get(digest)?.deadline.dispose();
    this.#pairings.delete(digest);
  }

  #newCode(): string {
    const taken = new Set([...this.#pairings.values()].map(({ request }) => request.code));
    let code = newCode();
    while (taken.has(code)) code = newCode();
    return code;
  }

  #note(kind: PairingChanged["kind"], request: PairRequest, more: Partial<PairingChanged> = {}): void {
    const { id, name, program, scopes } = request;
    const entry: AuditEntry = { kind, pairingId: id, name, program, scopes, ...more };
    this.#deps.audit.note(entry);
  }
}

/** Names that look alike to most people are one. */
function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, " ");
}

function newCode(): string {
  const group = (): string =>
    Array.from({ length: CODE_GROUP }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join("");
  return `${group()}-${group()}`;
}

function digestOf(secret: string): string {
  return hash("sha256", secret, "base64url");
}

function tooMany(message: string, limit: number): BridgeError {
  return new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit });
}
