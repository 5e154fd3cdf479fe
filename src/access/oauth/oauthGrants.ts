import { SerialQueue } from "../../base/serialQueue.ts";
import { hash, randomBytes } from "node:crypto";
import type { Disposable } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { Authenticator } from "../../core/access/authenticator.ts";
import type { Principal } from "../../core/access/principal.ts";
import { BridgeError, isBridgeError, messageOf } from "../../protocol/errors.ts";
import type { AccessStorage } from "../accessFile.ts";
import type { AccessStore } from "../accessStore.ts";
import { type GrantContent, grantsText, parseGrants, type StoredGrant, type StoredToken } from "./grantFile.ts";
import { oauthFailure } from "./oauthFailure.ts";
import { newOAuthToken, oauthPartsOf, saltedHash } from "./oauthTokens.ts";

export const ACCESS_TOKEN_MS = 60 * 60_000;
export const REFRESH_TOKEN_MS = 30 * 24 * 60 * 60_000;
/** Access tokens of one grant that are valid at the same time. The oldest are evicted. */
const MAX_ACCESS_TOKENS = 4;
/** Used refresh tokens of one grant that are recognized. */
const MAX_USED = 100;
/** As many as there can be clients. The grants that were refreshed longest ago are evicted. */
const MAX_GRANTS = 200;

export interface OAuthGrantsDeps {
  readonly storage: AccessStorage;
  readonly clients: Pick<AccessStore, "find" | "use" | "revoke">;
  readonly logger: Logger;
}

/** New tokens of a grant, which are not stored and cannot be shown again. */
export interface IssuedTokens {
  readonly access: string;
  readonly refresh: string;
  readonly scope: readonly string[];
  /** Epoch milliseconds. */
  readonly accessExpiresAt: number;
  readonly refreshExpiresAt: number;
}

interface LiveGrant {
  readonly stored: StoredGrant;
  /** The expiry of its access tokens by the monotonic clock, by their hashes. */
  readonly endsAt: ReadonlyMap<string, number>;
}

/**
 * The OAuth grants, shared by all windows of this user: each belongs to one client of the list of clients, with its name,
 * scopes and revocation, and has access tokens and a refresh token in place of that client's own token
 * (docs/decisions/oauth.md). While the file cannot be read, no token of it is accepted, and it is not written.
 */
export class OAuthGrants implements Authenticator, Disposable {
  readonly #deps: OAuthGrantsDeps;
  /** Resolves when the file was read for the first time. */
  readonly ready: Promise<void>;
  readonly #watch: Disposable;
  #grants: ReadonlyMap<string, LiveGrant> = new Map();
  #stamp: string | undefined;
  #problem: string | undefined;
  /** Accesses the file once at a time, so that an older content never follows a newer one. */
  readonly #queue = new SerialQueue();

  constructor(deps: OAuthGrantsDeps) {
    this.#deps = deps;
    this.ready = this.#queue.run(() => this.#look());
    this.#watch = deps.storage.watch(() => this.#queue.run(() => this.#look()));
  }

  /** Finds the client of an access token. Reads no file. */
  authenticate(token: string): Principal | undefined {
    const parts = oauthPartsOf(token);
    const live = parts?.kind === "access" ? this.#grants.get(parts.grant) : undefined;
    if (live === undefined) return undefined;
    const { stored, endsAt } = live;
    // Equal hashes of a salted token with 256 random bits: the time of a comparison reveals nothing of use.
    const presented = saltedHash(stored.salt, token);
    const found = stored.access.find((issued) => issued.hash === presented);
    if (found === undefined || found.expiresAt <= Date.now()) return undefined;
    return performance.now() < (endsAt.get(found.hash) ?? 0) ? this.#deps.clients.use(stored.id) : undefined;
  }

  /** Creates the grant of a client. @throws BridgeError CONFIGURATION_ERROR if it cannot be stored */
  async create(id: string, clientId: string, scope: readonly string[]): Promise<IssuedTokens> {
    const salt = randomBytes(16).toString("base64url");
    let issued: IssuedTokens | undefined;
    await this.#change((grants, now) => {
      issued = issue(id, scope, now);
      const kept = grants.filter((grant) => grant.id !== id).slice(1 - MAX_GRANTS);
      const base = { id, clientDigest: digestOf(clientId), scope: [...scope], salt, access: [], usedRefresh: [] };
      return [...kept, { ...base, ...storedOf(salt, [], issued) }];
    });
    if (issued === undefined) throw new BridgeError("CONFIGURATION_ERROR", this.#sentence("it was not written"));
    return issued;
  }

  /**
   * Finds the grant of a refresh token, and revokes it if the token was used before: one of the two who have it has no
   * right to it, and nobody can tell which.
   * @returns the scopes of the grant; undefined for an unknown, expired or used token, or one of another client
   */
  async peek(refresh: string, clientId: string): Promise<readonly string[] | undefined> {
    await this.#queue.run(() => this.#read());
    const id = oauthPartsOf(refresh)?.grant ?? "";
    const stored = this.#grants.get(id)?.stored;
    if (stored === undefined) return undefined;
    const state = refreshState(stored, refresh, Date.now());
    if (state === "used") await this.revoke(id);
    return state === "current" && stored.clientDigest === digestOf(clientId) ? stored.scope : undefined;
  }

  /**
   * Exchanges a refresh token for new tokens.
   * @throws BridgeError VALIDATION_FAILED `invalid_grant` if it is not the current one
   */
  async refresh(refresh: string, clientId: string): Promise<IssuedTokens> {
    const id = oauthPartsOf(refresh)?.grant ?? "";
    let issued: IssuedTokens | undefined;
    let isReused = false;
    await this.#change((grants, now) => {
      const grant = grants.find((each) => each.id === id);
      if (grant === undefined || grant.clientDigest !== digestOf(clientId)) return undefined;
      const state = refreshState(grant, refresh, now);
      isReused = state === "used";
      if (state !== "current" || this.#deps.clients.find(id) === undefined) return undefined;
      issued = issue(id, grant.scope, now);
      const usedRefresh = [...grant.usedRefresh, grant.refresh.hash].slice(-MAX_USED);
      const alive = grant.access.filter(({ expiresAt }) => expiresAt > now);
      const next = { ...grant, ...storedOf(grant.salt, alive, issued), usedRefresh };
      return [...grants.filter((each) => each !== grant), next];
    });
    if (isReused) await this.revoke(id);
    if (issued === undefined) throw oauthFailure("invalid_grant", "This refresh token is not valid, or no longer.");
    return issued;
  }

  /**
   * Revokes the grant of an access or refresh token, and its client.
   * @throws BridgeError VALIDATION_FAILED `unauthorized_client` for a token of another client
   */
  async revokeToken(token: string, clientId: string): Promise<void> {
    await this.#queue.run(() => this.#read());
    const parts = oauthPartsOf(token);
    const stored = parts && this.#grants.get(parts.grant)?.stored;
    if (parts === undefined || stored === undefined) return;
    const presented = saltedHash(stored.salt, token);
    if (![stored.refresh, ...stored.access].some((issued) => issued.hash === presented)) return;
    if (stored.clientDigest !== digestOf(clientId))
      throw oauthFailure("unauthorized_client", "This token belongs to another client.");
    await this.revoke(stored.id);
  }

  /** Revokes a grant and its client. */
  async revoke(id: string): Promise<void> {
    const principal = this.#deps.clients.find(id);
    if (principal !== undefined) await this.#deps.clients.revoke(id, { principal, via: "http" });
    await this.#change((grants) => grants.filter((grant) => grant.id !== id));
  }

  async dispose(): Promise<void> {
    await this.#watch.dispose();
    await this.#queue.run(() => Promise.resolve());
  }

  async #look(): Promise<void> {
    const stamp = await this.#deps.storage.stamp();
    if (stamp !== this.#stamp || this.#problem !== undefined) await this.#read();
    this.#stamp = stamp;
  }

  async #read(): Promise<void> {
    try {
      this.#apply(parseGrants(await this.#deps.storage.read()));
    } catch (error) {
      this.#grants = new Map();
      const problem = this.#sentence(error);
      if (problem !== this.#problem)
        this.#deps.logger.warn("The OAuth grants cannot be used, and no token of them is accepted", { problem });
      this.#problem = problem;
    }
  }

  /** @param edit returns the new grants, the latest refreshed last; undefined to change nothing */
  async #change(edit: (grants: StoredGrant[], now: number) => StoredGrant[] | undefined): Promise<void> {
    await this.#queue.run(async () => {
      let content: GrantContent | undefined;
      try {
        await this.#deps.storage.change((text) => {
          const { writtenAt, grants } = parseGrants(text);
          const now = Math.max(Date.now(), writtenAt);
          const changed = edit(
            grants.filter(({ refresh }) => refresh.expiresAt > now),
            now,
          );
          if (changed === undefined) return undefined;
          content = { version: 1, writtenAt: now, grants: changed };
          return grantsText(changed, now);
        });
      } catch (error) {
        throw isBridgeError(error) ? error : new BridgeError("CONFIGURATION_ERROR", this.#sentence(error));
      }
      if (content !== undefined) this.#apply(content);
    });
  }

  #apply({ grants, writtenAt }: GrantContent): void {
    this.#problem = undefined;
    const now = Math.max(Date.now(), writtenAt);
    const before = this.#grants;
    this.#grants = new Map(
      grants.map((stored) => {
        const known = before.get(stored.id)?.endsAt;
        const ends = stored.access.map(
          ({ hash: key, expiresAt }) => [key, known?.get(key) ?? performance.now() + expiresAt - now] as const,
        );
        return [stored.id, { stored, endsAt: new Map(ends) }];
      }),
    );
  }

  #sentence(error: unknown): string {
    const { path } = this.#deps.storage;
    return `${path} cannot be used: ${messageOf(error)}. Correct it, or delete it to end all OAuth grants.`;
  }
}

function issue(id: string, scope: readonly string[], now: number): IssuedTokens {
  return {
    access: newOAuthToken("access", id),
    refresh: newOAuthToken("refresh", id),
    scope,
    accessExpiresAt: now + ACCESS_TOKEN_MS,
    refreshExpiresAt: now + REFRESH_TOKEN_MS,
  };
}

function storedOf(salt: string, earlier: readonly StoredToken[], issued: IssuedTokens) {
  const access = { hash: saltedHash(salt, issued.access), expiresAt: issued.accessExpiresAt };
  return {
    access: [...earlier, access].slice(-MAX_ACCESS_TOKENS),
    refresh: { hash: saltedHash(salt, issued.refresh), expiresAt: issued.refreshExpiresAt },
  };
}

function refreshState(grant: StoredGrant, token: string, now: number): "current" | "used" | "unknown" {
  const presented = saltedHash(grant.salt, token);
  if (grant.usedRefresh.includes(presented)) return "used";
  return grant.refresh.hash === presented && grant.refresh.expiresAt > now ? "current" : "unknown";
}

function digestOf(clientId: string): string {
  return hash("sha256", clientId, "base64url");
}
