import type { IncomingMessage } from "node:http";
import { type Authenticator, ownerOnly } from "../../core/access/authenticator.ts";
import { owner, type Principal } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { DASHBOARD_PATHS, pathOf } from "./exempt.ts";
import { healthProof } from "./healthProof.ts";
import { authorityOf } from "../listen/portProbe.ts";
import { BearerToken, isRepeated, tokenOf, upgradeTokenOf } from "./bearerToken.ts";
import { isForwarded } from "../windows/linkConnections.ts";
import { ForwardedCallers, type KnownPrincipals, nobodyKnown } from "./forwardedCaller.ts";
import { cameInVia } from "./principals.ts";
import { Verifications } from "./verifications.ts";
import { isEventStream, ticketOf, Tickets } from "./tickets.ts";

/** Options that may change while the server runs. */
export interface AccessOptions {
  /** `none` skips the token check; the other guards still apply. */
  readonly authMode: "token" | "none";
  /** Additional host names of the bridge: `name` (any port) or `name:port`. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may call the bridge, as `https://name[:port]`. */
  readonly allowedOrigins: readonly string[];
}

export interface GuardOptions extends AccessOptions {
  /** The token of the owner. */
  readonly token: string;
  /** False if the discovery file has no token. Default: true. */
  readonly publishesToken?: boolean;
}

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];
const wildcardHosts = new Set(["0.0.0.0", "::"]);
/** Values of `Sec-Fetch-Site` for requests that were not made by another site. */
const harmlessSites = new Set(["same-origin", "none"]);

const UNPUBLISHED =
  "A valid token is required. Send 'Authorization: Bearer <token>'. Ask the user for a token of your own: POST /api/kiro/pair.";

/**
 * The guards of each request and each upgrade, in the order of docs/wire-contract.md#2-guards: `Host` (against DNS
 * rebinding), `Origin` and `Sec-Fetch-Site` (against cross-site requests), then the token.
 */
export class Guards {
  readonly tickets = new Tickets();
  readonly #token: BearerToken;
  /** Undefined for the usual text. */
  readonly #hint: string | undefined;
  /** Requests that were admitted while no token was required. */
  readonly #unproven = new WeakSet<IncomingMessage>();
  #isOpen = false;
  #allowedHosts: ReadonlySet<string> = new Set();
  #allowedOrigins: ReadonlySet<string> = new Set();
  #ownHosts: ReadonlySet<string> = new Set();
  #host = "";
  /** The newest is the one that the discovery file has. */
  #ports: readonly number[] = [];

  readonly #authenticator: Authenticator;
  readonly #forwardedCallers: ForwardedCallers;
  readonly #verifications = new Verifications();

  /**
   * @param authenticator knows the tokens of everyone but the owner
   * @param principals knows those whose requests another window forwards
   */
  constructor(
    { token, publishesToken = true, ...access }: GuardOptions,
    authenticator: Authenticator = ownerOnly,
    principals: KnownPrincipals = nobodyKnown,
  ) {
    this.#forwardedCallers = new ForwardedCallers(principals);
    this.#token = new BearerToken(token);
    this.#hint = publishesToken ? undefined : UNPUBLISHED;
    this.#authenticator = authenticator;
    this.reconfigure(access);
  }

  /** Applies to every later request; see `assertStill` for open connections. */
  reconfigure({ authMode, allowedHosts, allowedOrigins }: AccessOptions): void {
    const isOpen = authMode === "none";
    // Without authentication, anybody could get a ticket.
    if (this.#isOpen && !isOpen) this.tickets.clear();
    this.#isOpen = isOpen;
    this.#allowedHosts = new Set(allowedHosts.map((host) => host.trim().toLowerCase()));
    this.#allowedOrigins = new Set(allowedOrigins.map((origin) => origin.trim().toLowerCase().replace(/\/$/, "")));
  }

  get authMode(): AccessOptions["authMode"] {
    return this.#isOpen ? "none" : "token";
  }

  /** Identifies the client for the rate limit, without revealing its token. */
  get clientId(): string {
    return this.#isOpen ? "anyone" : this.#token.id;
  }

  /** Sets the address of the server, and its ports: two while it moves. Until then, every request is rejected. */
  listensAt(host: string, ...ports: readonly number[]): void {
    const names = wildcardHosts.has(host) ? loopbackNames : [...loopbackNames, host.includes(":") ? `[${host}]` : host];
    const withPort = ports.flatMap((port) => names.map((name) => `${name}:${port}`.toLowerCase()));
    this.#ownHosts = new Set(ports.includes(80) ? [...withPort, ...names] : withPort);
    this.#host = host;
    this.#ports = ports;
  }

  /**
   * Proves to a client that this bridge has its token, without revealing the token.
   * @param port the port that the client has called
   */
  prove(challenge: string, port?: number): string {
    return this.#token.prove(challenge, this.#authority(port));
  }

  /** The same with a key that the client can compute from its own token. */
  proveBy(key: Buffer, challenge: string, port?: number): string {
    return healthProof(key, challenge, this.#authority(port));
  }

  /** Replaces the token. @returns true if it changed */
  rotateToken(token: string): boolean {
    const isNew = !this.#token.accepts(token);
    if (isNew) this.tickets.clear();
    this.#token.rotate(token);
    return isNew;
  }

  /**
   * Checks the source of a request.
   * @returns the `Origin` if there is one and it is allowed, so that its page may read the response
   * @throws BridgeError ACCESS_DENIED with `{rule}`
   */
  assertSource(request: IncomingMessage): string | undefined {
    if (isForwarded(request)) return undefined;
    this.#assertHost(request);
    const { origin } = request.headers;
    if (origin !== undefined && !this.#isOwnPage(request, origin)) return this.#assertOrigin(origin);
    const site = request.headers["sec-fetch-site"];
    if (site === undefined || harmlessSites.has(site)) return undefined;
    throw denied("sec-fetch-site", "Requests from other websites are not allowed.");
  }

  /**
   * Checks the source of an upgrade whose endpoint authenticates the other end, never a web page.
   * @throws BridgeError ACCESS_DENIED with `{rule}`
   */
  assertProgram(request: IncomingMessage): void {
    this.#assertHost(request);
    const sent = Object.keys(request.headers).find((name) => name === "origin" || name.startsWith("sec-fetch-"));
    if (sent !== undefined) throw denied(sent, "Web pages cannot open this WebSocket.");
  }

  /**
   * Returns the principal of a request that is not exempt. Returns a promise only if the authenticator must wait.
   * @throws BridgeError AUTHENTICATION_FAILED
   */
  authenticate(request: IncomingMessage): Principal | Promise<Principal> {
    if (isForwarded(request)) return this.#forwardedPrincipalOf(request);
    if (this.#isLetInAsOpen(request)) return owner;
    return (isEventStream(request) && this.#redeemTicket(request)) || this.#principalOf(tokenOf(request, this.#hint));
  }

  /**
   * Applies all guards to an upgrade, whose token may be sent as a subprotocol.
   * @throws BridgeError ACCESS_DENIED, AUTHENTICATION_FAILED
   */
  authenticateUpgrade(request: IncomingMessage): Principal | Promise<Principal> {
    if (isForwarded(request)) return this.#forwardedPrincipalOf(request);
    this.assertSource(request);
    if (this.#isLetInAsOpen(request)) return owner;
    return this.#redeemTicket(request) ?? this.#principalOf(upgradeTokenOf(request, this.#hint));
  }

  /**
   * Checks the initial request of an open connection again after `reconfigure`.
   * @throws BridgeError ACCESS_DENIED, AUTHENTICATION_FAILED if it would no longer be admitted
   */
  assertStill(request: IncomingMessage): void {
    this.assertSource(request);
    const { upgrade } = request.headers;
    const tokenIn = upgrade === undefined ? tokenOf : upgradeTokenOf;
    if (!this.#isOpen && this.#unproven.has(request) && !this.#token.accepts(tokenIn(request)))
      throw new BridgeError("AUTHENTICATION_FAILED");
  }

  #authority(port = this.#ports.at(-1) ?? 0): string {
    return authorityOf(this.#host, port);
  }

  /** The other window has applied its guards. */
  #forwardedPrincipalOf(request: IncomingMessage): Principal {
    const { principal, via, parent } = this.#forwardedCallers.callerOf(request);
    cameInVia(request, via, parent);
    return principal;
  }

  #isLetInAsOpen(request: IncomingMessage): boolean {
    if (this.#isOpen) this.#unproven.add(request);
    return this.#isOpen;
  }

  /**
   * Redeems a ticket if no token was sent.
   * @returns the principal that got the ticket, or undefined if there is none
   * @throws BridgeError AUTHENTICATION_FAILED for a used or unknown one
   */
  #redeemTicket(request: IncomingMessage): Principal | undefined {
    const ticket = request.headers.authorization === undefined ? ticketOf(request) : undefined;
    if (ticket === undefined) return undefined;
    const principal = this.tickets.redeem(ticket);
    if (principal?.isActive === true) return principal;
    throw new BridgeError(
      "AUTHENTICATION_FAILED",
      "This ticket is not valid. Each ticket can be used once, within 30 s.",
    );
  }

  #assertHost(request: IncomingMessage): void {
    const host = request.headers.host?.toLowerCase() ?? "";
    if (isRepeated(request.rawHeaders, "host")) throw denied("host", "A request must have exactly one Host header.");
    if (this.#ownHosts.has(host) || this.#allowedHosts.has(host) || this.#allowedHosts.has(nameOf(host))) return;
    throw denied(
      "host",
      "This Host is not allowed. Use 127.0.0.1 or localhost with the port, or add the host to kiroBridge.api.allowedHosts.",
    );
  }

  /**
   * Returns true for a request of one of our own pages: its `Origin` is the address that it calls, which is one of our
   * loopback addresses, and `Sec-Fetch-Site` agrees. Applies only if a token is required as well, and of the upgrades to
   * that of the dashboard only. See docs/decisions/own-page.md.
   */
  #isOwnPage(request: IncomingMessage, origin: string): boolean {
    const { headers } = request;
    const site = headers["sec-fetch-site"];
    const isUpgrade = headers.upgrade !== undefined;
    // Chromium sends no `Sec-Fetch-Site` with an upgrade.
    const isSameOrigin = site === "same-origin" || (isUpgrade && site === undefined);
    if (this.#isOpen || !isSameOrigin || (isUpgrade && pathOf(request) !== DASHBOARD_PATHS.socket)) return false;
    const host = headers.host?.toLowerCase() ?? "";
    return this.#ownHosts.has(host) && origin === `http://${host}`;
  }

  #assertOrigin(origin: string): string {
    if (this.#allowedOrigins.has(origin.toLowerCase())) return origin;
    throw denied("origin", "This Origin is not allowed. Add it to kiroBridge.api.allowedOrigins.");
  }

  #principalOf(token: string): Principal | Promise<Principal> {
    if (this.#token.accepts(token)) return owner;
    const principal = this.#authenticator.authenticate(token);
    if (!(principal instanceof Promise)) return this.#known(principal);
    return this.#verifications.wait(principal).then((found) => this.#known(found));
  }

  #known(principal: Principal | undefined): Principal {
    if (principal?.isActive !== true) throw new BridgeError("AUTHENTICATION_FAILED", this.#hint);
    return principal;
  }
}

/** Returns `name` of `name:port`, with the brackets of an IPv6 address. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, "");
}

function denied(rule: string, message: string): BridgeError {
  return new BridgeError("ACCESS_DENIED", message, { rule });
}
