import type { IncomingMessage } from "node:http";
import { type Disposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import { effectiveLimits } from "../core/access/limits.ts";
import type { Principal } from "../core/access/principal.ts";
import { accessEnded } from "../core/access/scopes.ts";
import { BridgeError, isBridgeError } from "../protocol/errors.ts";
import type { ClientKind, ClientRecord } from "../protocol/clients.ts";
import { ClientEntry, type Traffic } from "./clientEntry.ts";
import { knownPrincipalOf } from "./guards/principals.ts";
import { programOf } from "./guards/program.ts";

/** Maximum number of persistent connections, each with up to 1 MiB of unsent data. */
export const MAX_CONNECTIONS = 256;
/** Maximum number of HTTP callers to remember. */
const MAX_CALLERS = 50;
const CALLER_KEPT_MS = 10 * 60_000;
/** Interval in milliseconds of the check for clients whose access has expired. */
const EXPIRY_CHECK_MS = 1000;

/** Closes a connection and reports the reason if the protocol permits. */
type Close = (why: BridgeError) => void;

interface Connection {
  readonly entry: ClientEntry;
  readonly request: IncomingMessage;
  readonly close: Close;
}

/**
 * The connected clients, and recent callers over HTTP. Every persistent connection is registered, whatever its
 * protocol: it counts against the limits, and ends when the token is replaced, when the access of its principal ends, when
 * the user disconnects it, and when the bridge stops.
 */
export class ClientRegistry implements Disposable {
  readonly #connected = new Map<string, Connection>();
  /** By principal and User-Agent, since everything else is the same on a loopback address. */
  readonly #callers = new Map<string, ClientEntry>();
  readonly #changed = new Emitter<void>();
  /** Fires when clients come or go, but not for each sent event. */
  readonly onDidChange = this.#changed.event;
  readonly #traffic: Traffic = { sent: 0, dropped: 0 };
  readonly #maxConnections: number;
  #counter = 0;
  /** Runs while clients are connected whose access expires. */
  #expiryCheck: NodeJS.Timeout | undefined;

  constructor(maxConnections = MAX_CONNECTIONS) {
    this.#maxConnections = maxConnections;
  }

  get traffic(): Readonly<Traffic> {
    return this.#traffic;
  }

  /** Number of connections. */
  get size(): number {
    return this.#connected.size;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many connections, of all principals or of this one */
  assertRoom(principal: Principal | undefined): void {
    if (this.size >= this.#maxConnections)
      throw new BridgeError("RATE_LIMIT_EXCEEDED", `There are already ${this.#maxConnections} connections.`);
    const limit = principal === undefined ? Infinity : effectiveLimits(principal).connections;
    if (this.size < limit) return;
    const own = [...this.#connected.values()].filter(({ entry }) => entry.principal?.id === principal?.id);
    if (own.length < limit) return;
    throw new BridgeError("RATE_LIMIT_EXCEEDED", `This client already has ${limit} connections.`, { limit });
  }

  /**
   * Registers a connection that began with `request`. The caller disposes the entry; `close` must end the connection.
   * @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many
   */
  connect(kind: ClientKind, request: IncomingMessage, close: Close): ClientEntry {
    const principal = knownPrincipalOf(request);
    this.assertRoom(principal);
    const id = this.#newId();
    const onEnd = (): void => {
      if (this.#connected.delete(id)) this.#changed.fire();
    };
    const entry = new ClientEntry(id, kind, request, { totals: this.#traffic, onEnd });
    if (principal?.expiresAt !== undefined) this.#checkExpiry();
    this.#connected.set(id, { entry, request, close });
    this.#changed.fire();
    return entry;
  }

  /** Records an HTTP request. */
  called(request: IncomingMessage): void {
    const key = `${knownPrincipalOf(request)?.id} ${programOf(request)}`;
    const known = this.#callers.get(key);
    if (known !== undefined) known.seen();
    else this.#enterCaller(key, request);
  }

  list(): ClientRecord[] {
    const since = Date.now() - CALLER_KEPT_MS;
    for (const [key, { lastSeenAt }] of this.#callers) if (lastSeenAt < since) this.#callers.delete(key);
    // The program that sent a waiting request is already listed as a caller.
    const connected = [...this.#connected.values()].map(({ entry }) => entry).filter(({ kind }) => kind !== "http");
    return [...connected, ...this.#callers.values()].map((entry) => entry.record());
  }

  /** Disconnects a client; an HTTP caller is only removed. @returns false if there is no such client */
  disconnect(id: string): boolean {
    const found = this.#connected.get(id);
    found?.close(new BridgeError("ACCESS_DENIED", "Disconnected by the user of the editor."));
    const caller = [...this.#callers].find(([, entry]) => entry.id === id);
    if (caller !== undefined) this.#callers.delete(caller[0]);
    if (caller !== undefined) this.#changed.fire();
    return found !== undefined || caller !== undefined;
  }

  /** Disconnects all clients. */
  disconnectAll(why: BridgeError): void {
    for (const { close } of this.#connected.values()) close(why);
  }

  /** Disconnects the clients of one principal. */
  disconnectPrincipal(id: string, why: BridgeError): void {
    for (const { entry, close } of this.#connected.values()) if (entry.principal?.id === id) close(why);
  }

  /** Disconnects the clients whose access was revoked or has expired. */
  disconnectEnded(): void {
    for (const { entry, close } of this.#connected.values())
      if (entry.principal?.isActive === false) close(accessEnded());
  }

  /** Disconnects the clients whose request `assertAllowed` rejects, with its error. */
  disconnectRefused(assertAllowed: (request: IncomingMessage) => void): void {
    for (const { request, close } of this.#connected.values()) {
      try {
        assertAllowed(request);
      } catch (error) {
        if (!isBridgeError(error)) throw error;
        close(error);
      }
    }
  }

  dispose(): void {
    clearInterval(this.#expiryCheck);
    this.#changed.dispose();
    this.#callers.clear();
  }

  /** Checks regularly instead of once, because the clock may be set and the machine may sleep. */
  #checkExpiry(): void {
    if (this.#expiryCheck !== undefined) return;
    this.#expiryCheck = setInterval(() => {
      this.disconnectEnded();
      if ([...this.#connected.values()].some(({ entry }) => entry.principal?.expiresAt !== undefined)) return;
      clearInterval(this.#expiryCheck);
      this.#expiryCheck = undefined;
    }, EXPIRY_CHECK_MS);
    this.#expiryCheck.unref();
  }

  #enterCaller(key: string, request: IncomingMessage): void {
    const entry = new ClientEntry(this.#newId(), "http", request, { totals: this.#traffic, onEnd: () => undefined });
    this.#callers.set(key, entry);
    const oldest = this.#callers.keys().next();
    if (this.#callers.size > MAX_CALLERS && oldest.done !== true) this.#callers.delete(oldest.value);
    this.#changed.fire();
  }

  #newId(): string {
    return `client-${Date.now()}-${++this.#counter}`;
  }
}
