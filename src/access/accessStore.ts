import { SerialQueue } from "../base/serialQueue.ts";
import { within } from "../base/deadline.ts";
import type { Disposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { Logger } from "../base/logger.ts";
import type { Authenticator } from "../core/access/authenticator.ts";
import type { AuditSink } from "../core/access/audit.ts";
import { type Caller, type Principal, principalRef } from "../core/access/principal.ts";
import type { PrincipalRef } from "../protocol/access.ts";
import type { AccessClient } from "../protocol/accessClients.ts";
import { BridgeError, isBridgeError, messageOf } from "../protocol/errors.ts";
import type { AccessStorage } from "./accessFile.ts";
import { type AccessContent, type AccessEntry, accessText, nowAfter, parseAccess, readClient } from "./accessText.ts";
import { newClientId, newClientToken, type ProofKey } from "./clientToken.ts";
import type { Grant, NewClient } from "./grant.ts";
import { LiveClients } from "./liveClients.ts";

/** Maximum number of clients. */
export const MAX_CLIENTS = 200;
/** Interval in milliseconds in which the last use is written. */
const USE_WRITTEN_MS = 10 * 60_000;
/** Time in milliseconds to wait for the lock where nobody waits for the result. */
const TIDY_LOCK_MS = 1000;
const STOP_MS = 1000;

export interface AccessStoreDeps {
  readonly storage: AccessStorage;
  readonly audit: AuditSink;
  readonly logger: Logger;
}

/** Returns the new entries, or undefined to change nothing. */
type Edit = (clients: AccessEntry[]) => AccessEntry[] | undefined;

/**
 * The clients that were let in, shared by all windows of this user, and their tokens as salted hashes
 * (docs/decisions/access-tokens.md). A client that another window revokes ends here as soon as the file has changed. While
 * the file cannot be read, no client of it is admitted, and it is not written.
 */
export class AccessStore implements Authenticator, Disposable {
  readonly #deps: AccessStoreDeps;
  readonly #clients = new LiveClients(() => this.#expired());
  readonly #changed = new Emitter<void>();
  /** Fires when clients are added or removed, and when `problem` changes. */
  readonly onDidChange = this.#changed.event;
  /** Fires when a client was revoked or has expired, after its `isActive` has become false. */
  readonly onDidEnd = this.#clients.onDidEnd;
  /** Resolves when the file was read for the first time. */
  readonly ready: Promise<void>;
  readonly #watch: Disposable;
  /** Accesses the file once at a time, so that an older content never follows a newer one. */
  readonly #queue = new SerialQueue();
  #stamp: string | undefined;
  #problem: string | undefined;
  /** True if the file has clients that ended here. */
  #hasLeftovers = false;

  constructor(deps: AccessStoreDeps) {
    this.#deps = deps;
    this.ready = this.#queue.run(() => this.#look());
    this.#watch = deps.storage.watch(() => this.#queue.run(() => this.#look()));
  }

  /** A sentence for the user, if the file cannot be used. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Reads the file if it has changed, before its change is noticed. */
  refresh(): Promise<void> {
    return this.#queue.run(() => this.#look());
  }

  /** Finds the client of a token. Reads no file. */
  authenticate(token: string): Principal | undefined {
    return this.#clients.authenticate(token);
  }

  /** Lists the clients, in the order of the file: oldest first. */
  list(): readonly AccessClient[] {
    return this.#clients.list();
  }

  /** Returns the principal of a client that has presented another token of its own, as `find` does. */
  use(id: string): Principal | undefined {
    return this.#clients.use(id);
  }

  /** Returns the principal of a client, or undefined if there is no such client, or no longer. */
  find(id: string): Principal | undefined {
    return this.#clients.find(id);
  }

  /** Returns true if the access of a client has ended here, and while the file cannot be read. */
  hasEnded(id: string): boolean {
    return this.#problem !== undefined || this.#clients.hasEnded(id);
  }

  /** Returns the stored secret of a client, as a key for proofs. */
  keyOf(id: string): ProofKey | undefined {
    return this.#clients.keyOf(id);
  }

  /**
   * Lets a client in.
   * @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many, CONFIGURATION_ERROR if it cannot be stored
   */
  async create({ expiresAt, scopes, by, ...grant }: Grant): Promise<NewClient> {
    const id = newClientId();
    const { token, stored } = newClientToken(id);
    const entry = {
      id,
      ...grant,
      scopes: [...scopes],
      createdAt: new Date().toISOString(),
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
      grantedBy: principalRef(by.principal),
      via: by.via,
      ...stored,
    };
    await this.#change((clients) => {
      if (clients.length >= MAX_CLIENTS) throw tooMany();
      return [...clients, entry];
    });
    const client = this.#clients.get(id);
    if (client === undefined) throw notStored("The new client is not in the file.");
    this.#deps.audit.note({ kind: "client-created", client: refOf(client), scopes, expiresAt, by });
    return { client, token };
  }

  /**
   * Ends the access of a client at once, here; then in the file, and so in all windows.
   * @returns false if there is no such client
   * @throws BridgeError CONFIGURATION_ERROR if the file cannot be changed: the access has ended in this window only
   */
  async revoke(id: string, by: Caller): Promise<boolean> {
    const client = this.#clients.get(id);
    const isKnown = this.#clients.end(id);
    if (client !== undefined) {
      this.#deps.audit.note({ kind: "client-revoked", client: refOf(client), scopes: client.scopes, by });
      this.#hasLeftovers = true;
      this.#changed.fire();
    }
    let isStored = false;
    await this.#change((clients) => {
      isStored = clients.some((entry) => entry.id === id);
      return isStored ? clients.filter((entry) => entry.id !== id) : undefined;
    });
    return isKnown || isStored;
  }

  /** Writes the last uses, for 1 s at most: the lock or the disk may not answer, and stopping has 4 s in total. */
  async dispose(): Promise<void> {
    const ended = Promise.resolve(this.#watch.dispose()).then(() => this.#queue.run(() => this.#tidy(0)));
    await within(ended, STOP_MS, undefined);
    this.#clients.dispose();
    this.#changed.dispose();
  }

  async #look(): Promise<void> {
    const stamp = await this.#deps.storage.stamp();
    if (stamp !== this.#stamp || this.#problem !== undefined) await this.#read();
    this.#stamp = stamp;
    if (this.#clients.sweep()) this.#expired();
    await this.#tidy(USE_WRITTEN_MS);
  }

  async #read(): Promise<void> {
    try {
      this.#apply(parseAccess(await this.#deps.storage.read()));
    } catch (error) {
      this.#refuseAll(error);
    }
  }

  #change(edit: Edit): Promise<void> {
    return this.#queue.run(async () => {
      try {
        await this.#edit(edit);
      } catch (error) {
        throw isBridgeError(error) ? error : notStored(this.#sentence(error));
      }
    });
  }

  async #edit(edit: Edit, retryMs?: number): Promise<void> {
    let content: AccessContent | undefined;
    let expired: AccessEntry[] = [];
    await this.#deps.storage.change((text) => {
      const present = parseAccess(text);
      content = present;
      const now = nowAfter(present);
      expired = present.clients.filter((entry) => isPast(entry, now));
      const alive = present.clients.filter((entry) => !this.#clients.hasEnded(entry.id) && !expired.includes(entry));
      const clients = edit(alive) ?? (alive.length === present.clients.length ? undefined : alive);
      if (clients === undefined) return undefined;
      const next = accessText(
        { ...present, clients: clients.map((entry) => this.#clients.withUse(entry)) },
        Date.now(),
      );
      content = parseAccess(next);
      return next;
    }, retryMs);
    // Noted by the one window that removes them.
    for (const client of expired.flatMap((entry) => readClient(entry) ?? []))
      this.#deps.audit.note({ kind: "client-expired", client: refOf(client), scopes: client.scopes });
    if (content !== undefined) this.#apply(content);
  }

  #apply(content: AccessContent): void {
    const hadProblem = this.#problem !== undefined;
    this.#problem = undefined;
    const hasChanged = this.#clients.update(content);
    this.#hasLeftovers = content.clients.some(({ id }) => this.#clients.hasEnded(id));
    if (hasChanged || hadProblem) this.#changed.fire();
  }

  /** Admits nobody while the file cannot be read. */
  #refuseAll(error: unknown): void {
    const problem = this.#sentence(error);
    const isNew = this.#problem === undefined;
    this.#problem = problem;
    if (!isNew) return;
    this.#deps.logger.warn("The list of clients cannot be used, and no client of it is admitted", { problem });
    this.#clients.suspend();
    this.#changed.fire();
  }

  #sentence(error: unknown): string {
    const { path } = this.#deps.storage;
    return `${path} cannot be used: ${messageOf(error)}. Correct it, or delete it to revoke the access of all clients.`;
  }

  #expired(): void {
    this.#hasLeftovers = true;
    this.#changed.fire();
    void this.#queue.run(() => this.#tidy(USE_WRITTEN_MS));
  }

  /**
   * Removes clients from the file that ended here, the expired ones and those whose removal has failed, and writes the last
   * uses.
   * @param leastMs see `hasUnwrittenUse`
   */
  async #tidy(leastMs: number): Promise<void> {
    const hasUse = this.#clients.hasUnwrittenUse(leastMs);
    if (this.#problem !== undefined || !(this.#hasLeftovers || hasUse)) return;
    try {
      await this.#edit((clients) => (hasUse ? clients : undefined), TIDY_LOCK_MS);
    } catch (error) {
      this.#deps.logger.debug("The list of clients could not be tidied up", { error: messageOf(error) });
    }
  }
}

function refOf({ id, name, kind }: AccessClient): PrincipalRef {
  return { id, name, kind };
}

function isPast({ expiresAt }: AccessEntry, now: number): boolean {
  return typeof expiresAt === "string" && Date.parse(expiresAt) <= now;
}

function tooMany(): BridgeError {
  const message = `There are already ${MAX_CLIENTS} clients. Revoke those that are not used any more.`;
  return new BridgeError("RATE_LIMIT_EXCEEDED", message, { limit: MAX_CLIENTS, active: MAX_CLIENTS });
}

function notStored(why: string): BridgeError {
  return new BridgeError("CONFIGURATION_ERROR", `The access could not be stored. ${why}`);
}
