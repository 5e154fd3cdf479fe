import { isDeepStrictEqual } from "node:util";
import type { Disposable } from "../base/disposables.ts";
import { MAX_TIMER_MS, startDeadline } from "../base/deadline.ts";
import { Emitter } from "../base/events.ts";
import type { Principal } from "../core/access/principal.ts";
import type { AccessClient } from "../protocol/accessClients.ts";
import { type AccessContent, type AccessEntry, nowAfter, readClient, type StoredClient } from "./accessText.ts";
import { ClientPrincipal } from "./clientPrincipal.ts";
import { partsOf, type ProofKey, SecretCheck } from "./clientToken.ts";

/** Maximum number of ended clients to remember, so that no older file brings them back. */
const MAX_ENDED = 10_000;

interface LiveClient {
  /** As in the file. */
  stored: StoredClient;
  readonly principal: ClientPrincipal;
  readonly check: SecretCheck;
  /** Epoch milliseconds; of this window, or as stored. */
  usedAt: number | undefined;
}

/** The clients of the file in memory, with their principals, until they are revoked or expire. */
export class LiveClients implements Disposable {
  readonly #clients = new Map<string, LiveClient>();
  /** IDs of clients that ended here. */
  readonly #ended = new Set<string>();
  readonly #didEnd = new Emitter<Principal>();
  readonly onDidEnd = this.#didEnd.event;
  readonly #onExpired: () => void;
  #expiry: Disposable | undefined;

  /** @param onExpired called after clients have expired */
  constructor(onExpired: () => void) {
    this.#onExpired = onExpired;
  }

  authenticate(token: string): Principal | undefined {
    const parts = partsOf(token);
    const client = parts && this.#clients.get(parts.id);
    if (parts === undefined || client === undefined || !client.check.accepts(parts.secret)) return undefined;
    if (!client.principal.isActive) return undefined;
    client.usedAt = Date.now();
    return client.principal;
  }

  list(): AccessClient[] {
    return [...this.#clients.values()].filter(({ principal }) => principal.isActive).map(recordOf);
  }

  get(id: string): AccessClient | undefined {
    const client = this.#clients.get(id);
    return client?.principal.isActive === true ? recordOf(client) : undefined;
  }

  use(id: string): Principal | undefined {
    const client = this.#clients.get(id);
    if (client?.principal.isActive !== true) return undefined;
    client.usedAt = Date.now();
    return client.principal;
  }

  find(id: string): Principal | undefined {
    const principal = this.#clients.get(id)?.principal;
    return principal?.isActive === true ? principal : undefined;
  }

  keyOf(id: string): ProofKey | undefined {
    const client = this.#clients.get(id);
    return client?.principal.isActive === true ? client.check.key : undefined;
  }

  hasEnded(id: string): boolean {
    return this.#ended.has(id);
  }

  /**
   * Takes over the content of the file: new clients, and the end of those that are no longer in it. A client with another
   * grant than before gets a new principal.
   * @returns true if the list has changed
   */
  update(content: AccessContent): boolean {
    const now = nowAfter(content);
    const found = new Map(content.clients.map((entry) => [entry.id, readClient(entry)]));
    let hasChanged = false;
    for (const client of this.#clients.values()) {
      const stored = found.get(client.stored.id);
      if (stored !== undefined && isSameGrant(stored, client.stored)) {
        client.stored = stored;
        client.usedAt = latest(client.usedAt, stored.lastUsedAt);
        continue;
      }
      hasChanged = true;
      this.#end(client, stored === undefined);
    }
    for (const stored of found.values()) {
      if (stored === undefined || this.#clients.has(stored.id) || this.#ended.has(stored.id)) continue;
      hasChanged = true;
      const principal = new ClientPrincipal(stored, now);
      const usedAt = latest(undefined, stored.lastUsedAt);
      this.#clients.set(stored.id, { stored, principal, check: new SecretCheck(stored), usedAt });
    }
    return this.sweep() || hasChanged;
  }

  /** Ends a client for good. @returns false if there is none */
  end(id: string): boolean {
    const client = this.#clients.get(id);
    if (client === undefined) return false;
    const wasActive = client.principal.isActive;
    this.#end(client, true);
    return wasActive;
  }

  /** Ends all clients until the file can be read again. */
  suspend(): void {
    for (const client of this.#clients.values()) this.#end(client, false);
  }

  /** Ends the clients that have expired, and waits for the next one. @returns true if there were any */
  sweep(): boolean {
    const expired = [...this.#clients.values()].filter(({ principal }) => !principal.isActive);
    for (const client of expired) this.#end(client, true);
    void this.#expiry?.dispose();
    const remaining = [...this.#clients.values()].map(({ principal }) => principal.remainingMs);
    const nextMs = Math.max(1, Math.min(MAX_TIMER_MS, ...remaining));
    if (remaining.some(Number.isFinite)) this.#expiry = startDeadline(nextMs, () => this.#expire());
    return expired.length > 0;
  }

  /** Returns true for a first use, and for one that is newer than the stored one by more than `leastMs`. */
  hasUnwrittenUse(leastMs: number): boolean {
    return [...this.#clients.values()].some(
      ({ usedAt, stored: { lastUsedAt } }) =>
        usedAt !== undefined && (lastUsedAt === undefined || usedAt - Date.parse(lastUsedAt) > leastMs),
    );
  }

  withUse(entry: AccessEntry): AccessEntry {
    const usedAt = this.#clients.get(entry.id)?.usedAt;
    return usedAt === undefined ? entry : { ...entry, lastUsedAt: new Date(usedAt).toISOString() };
  }

  dispose(): void {
    void this.#expiry?.dispose();
    this.#didEnd.dispose();
  }

  #expire(): void {
    if (this.sweep()) this.#onExpired();
  }

  #end(client: LiveClient, isForGood: boolean): void {
    const { principal } = client;
    principal.end();
    this.#clients.delete(principal.id);
    if (isForGood) this.#ended.add(principal.id);
    const [oldest] = this.#ended;
    if (this.#ended.size > MAX_ENDED && oldest !== undefined) this.#ended.delete(oldest);
    this.#didEnd.fire(principal);
  }
}

function isSameGrant(a: StoredClient, b: StoredClient): boolean {
  return isDeepStrictEqual({ ...a, lastUsedAt: undefined }, { ...b, lastUsedAt: undefined });
}

function latest(usedAt: number | undefined, stored: string | undefined): number | undefined {
  return stored === undefined ? usedAt : Math.max(usedAt ?? 0, Date.parse(stored));
}

function recordOf({ stored, usedAt }: LiveClient): AccessClient {
  const { salt: _salt, hash: _hash, lastUsedAt: _lastUsedAt, ...client } = stored;
  return { ...client, ...(usedAt !== undefined && { lastUsedAt: new Date(usedAt).toISOString() }) };
}
