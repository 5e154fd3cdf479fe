import { hash } from "node:crypto";
import { startDeadline } from "../../base/deadline.ts";
import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { Authenticator } from "../../core/access/authenticator.ts";
import type { Principal } from "../../core/access/principal.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { keyFetcher } from "./fetchKeys.ts";
import type { JwtIssuer } from "./issuers.ts";
import { type ServiceClaims, ServicePrincipal } from "./servicePrincipal.ts";

type Jose = typeof import("./joseLibrary.ts");
type Keys = ReturnType<Jose["createLocalJWKSet"]> | ReturnType<Jose["createRemoteJWKSet"]>;

/** Asymmetric only: a public key must never be usable as the secret of an HMAC. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const JWT = /^eyJ[\w-]+\.([\w-]+)\.[\w-]*$/;
const MAX_LENGTH = 8192;
const TOLERANCE_SECONDS = 30;
/** Time in milliseconds after a fetch during which an unknown `kid` does not cause another one. */
export const KID_COOLDOWN_MS = 30_000;
/** Time in milliseconds after which keys are fetched again, so that a key that was removed is no longer accepted. */
const KEYS_AGE_MS = 600_000;
const FETCH_MS = 5000;
/** Verified tokens that are remembered. The oldest are evicted, and verified again. */
const MAX_VERIFIED = 1000;
/** Tokens that are being verified. */
const MAX_PENDING = 64;

interface Verified {
  readonly principal: ServicePrincipal;
  readonly expiry: Disposable;
}

/** An issuer with its keys, which are created with the first token. */
interface Trusted {
  readonly issuer: JwtIssuer;
  /** False after the setting has changed. */
  isTrusted: boolean;
  keys?: Keys;
}

export interface JwtAuthenticatorDeps {
  readonly logger: Logger;
}

/**
 * Authenticates service accounts by JWTs of the issuers in `kiroBridge.auth.issuers`. Everything but a well-formed JWT of
 * such an issuer is rejected without waiting.
 */
export class JwtAuthenticator implements Authenticator, Disposable {
  readonly #logger: Logger;
  readonly #didEnd = new Emitter<Principal>();
  /** Fires when a principal expires or its issuer is no longer trusted. */
  readonly onDidEnd = this.#didEnd.event;
  #setting = "[]";
  #trusted: ReadonlyMap<string, Trusted> = new Map();
  /** By the digest of the token. */
  readonly #verified = new Map<string, Verified>();
  readonly #pending = new Map<string, Promise<Principal | undefined>>();

  constructor({ logger }: JwtAuthenticatorDeps) {
    this.#logger = logger;
  }

  /** Replaces the trusted issuers. If they differ, everyone authenticated by the previous ones must present a token again. */
  configure(issuers: readonly JwtIssuer[]): void {
    const setting = JSON.stringify(issuers);
    if (setting === this.#setting) return;
    this.#setting = setting;
    this.#endAll();
    this.#trusted = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, isTrusted: true }]));
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED if too many tokens are being verified */
  authenticate(token: string): Principal | undefined | Promise<Principal | undefined> {
    const issuer = this.#trusted.size === 0 ? undefined : issuerOf(token);
    const trusted = issuer === undefined ? undefined : this.#trusted.get(issuer);
    if (trusted === undefined) return undefined;
    const digest = hash("sha256", token, "base64url");
    const known = this.#verified.get(digest);
    if (known !== undefined) return known.principal.isActive ? known.principal : undefined;
    const pending = this.#pending.get(digest);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= MAX_PENDING) {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too many tokens are being verified. Try again later.");
    }
    const verifying = this.#verify(token, digest, trusted).finally(() => this.#pending.delete(digest));
    this.#pending.set(digest, verifying);
    return verifying;
  }

  dispose(): void {
    this.#endAll();
    this.#didEnd.dispose();
  }

  async #verify(token: string, digest: string, trusted: Trusted): Promise<Principal | undefined> {
    const { issuer } = trusted;
    try {
      const jose = await import("./joseLibrary.ts");
      trusted.keys ??= keysOf(issuer, jose, this.#logger);
      const { payload } = await jose.jwtVerify<ServiceClaims>(token, trusted.keys, {
        algorithms,
        issuer: issuer.issuer,
        audience: typeof issuer.audience === "string" ? issuer.audience : [...issuer.audience],
        clockTolerance: TOLERANCE_SECONDS,
        maxTokenAge: issuer.maxAgeSeconds,
        requiredClaims: ["exp", "iat", "sub"],
      });
      if (typeof payload.sub !== "string") throw new Error("sub is not a string");
      if (!trusted.isTrusted) return undefined;
      return this.#remember(digest, new ServicePrincipal(trusted, payload, TOLERANCE_SECONDS * 1000));
    } catch (error) {
      this.#logger.debug("A JWT was rejected", { issuer: issuer.issuer, error: messageOf(error) });
      return undefined;
    }
  }

  #remember(digest: string, principal: ServicePrincipal): Principal {
    for (const [oldest, { expiry }] of this.#verified) {
      if (this.#verified.size < MAX_VERIFIED) break;
      void expiry.dispose();
      this.#verified.delete(oldest);
    }
    const lifetimeMs = Math.max(0, principal.expiresAt - Date.now());
    const expiry = startDeadline(lifetimeMs, () => {
      this.#verified.delete(digest);
      principal.end();
      this.#didEnd.fire(principal);
    });
    this.#verified.set(digest, { principal, expiry });
    return principal;
  }

  #endAll(): void {
    for (const trusted of this.#trusted.values()) trusted.isTrusted = false;
    this.#trusted = new Map();
    const ended = [...this.#verified.values()];
    this.#verified.clear();
    for (const { principal, expiry } of ended) {
      void expiry.dispose();
      this.#didEnd.fire(principal);
    }
  }
}

/** Creates the key set of an issuer, which selects a key by the `kid` and `alg` of a token. */
function keysOf({ issuer, jwks, jwksUri }: JwtIssuer, jose: Jose, logger: Logger): Keys {
  if (jwksUri === undefined) return jose.createLocalJWKSet(jwks ?? { keys: [] });
  return jose.createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: FETCH_MS,
    cooldownDuration: KID_COOLDOWN_MS,
    cacheMaxAge: KEYS_AGE_MS,
    [jose.customFetch]: keyFetcher((error) => {
      logger.warn("The keys of an issuer could not be fetched", { issuer, error: messageOf(error) });
    }),
  });
}

/** Returns the `iss` of a JWT, unverified, or undefined for any other token. */
function issuerOf(token: string): string | undefined {
  const payload = token.length > MAX_LENGTH ? undefined : JWT.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    const issuer: unknown = typeof claims === "object" && claims !== null && "iss" in claims ? claims.iss : undefined;
    return typeof issuer === "string" ? issuer : undefined;
  } catch {
    return undefined;
  }
}
