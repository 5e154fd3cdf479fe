import type { IncomingMessage } from "node:http";
import { BridgeError } from "../../protocol/errors.ts";
import { authorityOf } from "../listen/portProbe.ts";
import { BearerToken, isRepeated, tokenOf, upgradeTokenOf } from "./bearerToken.ts";
import { Tickets } from "./tickets.ts";

/** What may change while the server runs. */
export interface AccessOptions {
  /** `none` lets everybody in who can reach the port; the other guards stay. */
  readonly authMode: "token" | "none";
  /** Further names under which the bridge may be called: `name` (any port) or `name:port`. */
  readonly allowedHosts: readonly string[];
  /** Web pages which may call the bridge, as `https://name[:port]`. */
  readonly allowedOrigins: readonly string[];
}

export interface GuardOptions extends AccessOptions {
  readonly token: string;
}

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];
const wildcardHosts = new Set(["0.0.0.0", "::"]);
/** What a browser says of a request that no foreign page made. */
const harmlessSites = new Set(["same-origin", "none"]);

const EVENT_STREAMS = /^\/api\/kiro\/(?:executions\/[^/]+\/)?events$/;
const TICKET = /[?&]ticket=([\w-]{1,100})(?:&|$)/;

/**
 * The guards at every door, for plain requests and for upgrades alike, in the order of docs/wire-contract.md#2-guards:
 * `Host` (against DNS rebinding), `Origin` and `Sec-Fetch-Site` (against foreign pages), then the token.
 */
export class Guards {
  readonly tickets = new Tickets();
  readonly #token: BearerToken;
  /** Those let in while nobody was asked for the token. */
  readonly #unproven = new WeakSet<IncomingMessage>();
  #isOpen = false;
  #allowedHosts: ReadonlySet<string> = new Set();
  #allowedOrigins: ReadonlySet<string> = new Set();
  #ownHosts: ReadonlySet<string> = new Set();
  #authority = "";

  constructor({ token, ...access }: GuardOptions) {
    this.#token = new BearerToken(token);
    this.reconfigure(access);
  }

  /** Binds every request from now on; see `assertStill` for the connections that there are. */
  reconfigure({ authMode, allowedHosts, allowedOrigins }: AccessOptions): void {
    const isOpen = authMode === "none";
    // Those of an open door were given to everybody.
    if (this.#isOpen && !isOpen) this.tickets.clear();
    this.#isOpen = isOpen;
    this.#allowedHosts = new Set(allowedHosts.map((host) => host.trim().toLowerCase()));
    this.#allowedOrigins = new Set(allowedOrigins.map((origin) => origin.trim().toLowerCase().replace(/\/$/, "")));
  }

  /** Names the present client without its token, for the rate limit. */
  get clientId(): string {
    return this.#isOpen ? "anyone" : this.#token.id;
  }

  /** Tells where the server listens. Before this call every request is refused. */
  listensAt(host: string, port: number): void {
    const names = wildcardHosts.has(host) ? loopbackNames : [...loopbackNames, host.includes(":") ? `[${host}]` : host];
    const withPort = names.map((name) => `${name}:${port}`.toLowerCase());
    this.#ownHosts = new Set(port === 80 ? [...withPort, ...names] : withPort);
    this.#authority = authorityOf(host, port);
  }

  /** Proves to a client that this is the bridge whose token it has, without telling the token. */
  prove(challenge: string): string {
    return this.#token.prove(challenge, this.#authority);
  }

  /** From now on only this token opens the door. @returns whether it is another one than before. */
  rotateToken(token: string): boolean {
    const isNew = !this.#token.accepts(token);
    if (isNew) this.tickets.clear();
    this.#token.rotate(token);
    return isNew;
  }

  /**
   * Looks at where a request comes from.
   * @returns the Origin, when there is one and it is allowed: its page may read the answer.
   * @throws BridgeError ACCESS_DENIED with `{rule}`
   */
  assertSource(request: IncomingMessage): string | undefined {
    this.#assertHost(request);
    const { origin } = request.headers;
    if (origin !== undefined && !this.#isOwnPage(request, origin)) return this.#assertOrigin(origin);
    const site = request.headers["sec-fetch-site"];
    if (site === undefined || harmlessSites.has(site)) return undefined;
    throw denied("sec-fetch-site", "Requests from other websites are not allowed.");
  }

  /** @throws BridgeError AUTHENTICATION_FAILED */
  assertToken(request: IncomingMessage): void {
    if (this.#isLetInAsOpen(request) || isExempt(request)) return;
    if (!isEventStream(request) || !this.#redeemsTicket(request)) this.#assertAccepted(tokenOf(request));
  }

  /**
   * All guards for an upgrade; its token may come as a subprotocol.
   * @throws BridgeError ACCESS_DENIED, AUTHENTICATION_FAILED
   */
  assertUpgrade(request: IncomingMessage): void {
    this.assertSource(request);
    if (this.#isLetInAsOpen(request)) return;
    if (!this.#redeemsTicket(request)) this.#assertAccepted(upgradeTokenOf(request));
  }

  /**
   * Looks once more at the request with which a connection began that still stands, after a `reconfigure`.
   * @throws BridgeError ACCESS_DENIED, AUTHENTICATION_FAILED when it would not be let in any more
   */
  assertStill(request: IncomingMessage): void {
    this.assertSource(request);
    if (!this.#isOpen && this.#unproven.has(request)) this.#assertAccepted(upgradeTokenOf(request));
  }

  #isLetInAsOpen(request: IncomingMessage): boolean {
    if (this.#isOpen) this.#unproven.add(request);
    return this.#isOpen;
  }

  /** A ticket counts only where no token is presented. @returns false when there is none; a used or unknown one is refused. */
  #redeemsTicket(request: IncomingMessage): boolean {
    const ticket = request.headers.authorization === undefined ? ticketOf(request) : undefined;
    if (ticket === undefined) return false;
    if (this.tickets.redeem(ticket)) return true;
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
   * Whether our own page `/docs` asks: its Origin is the very address that it calls, a loopback address of ours, and its browser
   * says so too. Only where the token is asked for besides, and never for an upgrade. See docs/decisions/own-page.md.
   */
  #isOwnPage({ headers }: IncomingMessage, origin: string): boolean {
    if (this.#isOpen || headers.upgrade !== undefined || headers["sec-fetch-site"] !== "same-origin") return false;
    const host = headers.host?.toLowerCase() ?? "";
    return this.#ownHosts.has(host) && origin === `http://${host}`;
  }

  #assertOrigin(origin: string): string {
    if (this.#allowedOrigins.has(origin.toLowerCase())) return origin;
    throw denied("origin", "This Origin is not allowed. Add it to kiroBridge.api.allowedOrigins.");
  }

  #assertAccepted(token: string): void {
    if (!this.#token.accepts(token)) throw new BridgeError("AUTHENTICATION_FAILED");
  }
}

/** What answers without a token: what this is, whether the server is well, and the description of the interface. */
export function isExempt(request: IncomingMessage): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const path = pathOf(request);
  return (
    path === "/" || path === "/health" || path === "/openapi.json" || path === "/docs" || path.startsWith("/docs/")
  );
}

/** What an EventSource may ask for: it cannot set headers, and so comes with a ticket. */
function isEventStream(request: IncomingMessage): boolean {
  return request.method === "GET" && EVENT_STREAMS.test(pathOf(request));
}

function ticketOf({ url = "" }: IncomingMessage): string | undefined {
  return TICKET.exec(url)?.[1];
}

/** The path of the URL as it was sent, without the query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** `name` of `name:port`; an IPv6 address keeps its brackets. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, "");
}

function denied(rule: string, message: string): BridgeError {
  return new BridgeError("ACCESS_DENIED", message, { rule });
}
