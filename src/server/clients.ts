import type { IncomingMessage } from "node:http";
import { type Disposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import { BridgeError, isBridgeError } from "../protocol/errors.ts";
import type { ClientKind, ClientRecord } from "../protocol/clients.ts";

const LONGEST_NAME = 200;
/** Maximum number of persistent connections, each with up to 1 MiB of unsent data. */
export const MAX_CONNECTIONS = 256;
/** Maximum number of HTTP callers to remember. */
const MAX_CALLERS = 50;
const CALLER_KEPT_MS = 10 * 60_000;

/** The entry of a client. Its connection updates and removes it. */
export class ClientEntry implements Disposable {
  readonly id: string;
  readonly kind: ClientKind;
  readonly name: string;
  readonly connectedAt = Date.now();
  readonly #totals: Traffic;
  readonly #onEnd: () => void;
  /** Epoch milliseconds. */
  lastSeenAt = this.connectedAt;
  #sent = 0;
  #dropped = 0;

  constructor(id: string, kind: ClientKind, userAgent: string | undefined, totals: Traffic, onEnd: () => void) {
    this.id = id;
    this.kind = kind;
    this.name = nameOf(userAgent);
    this.#totals = totals;
    this.#onEnd = onEnd;
  }

  /** Records a sign of life. */
  seen(): void {
    this.lastSeenAt = Date.now();
  }

  sent(): void {
    this.#sent++;
    this.#totals.sent++;
  }

  dropped(): void {
    this.#dropped++;
    this.#totals.dropped++;
  }

  record(): ClientRecord {
    return {
      id: this.id,
      kind: this.kind,
      name: this.name,
      connectedAt: new Date(this.connectedAt).toISOString(),
      lastSeenAt: new Date(this.lastSeenAt).toISOString(),
      eventsSent: this.#sent,
      eventsDropped: this.#dropped,
    };
  }

  dispose(): void {
    this.#onEnd();
  }
}

/** Closes a connection and reports the reason if the protocol permits. */
type Close = (why: BridgeError) => void;

interface Connection {
  readonly entry: ClientEntry;
  readonly request: IncomingMessage;
  readonly close: Close;
}

/** Number of events sent to clients, including those that have disconnected. */
export interface Traffic {
  sent: number;
  dropped: number;
}

/**
 * The connected clients, and recent callers over HTTP. Every persistent connection is registered, whatever its
 * protocol: it counts against the limit, and ends when the token is replaced, when the user disconnects it, and when
 * the bridge stops.
 */
export class ClientRegistry implements Disposable {
  readonly #connected = new Map<string, Connection>();
  /** By User-Agent, since everything else is the same on a loopback address. */
  readonly #callers = new Map<string, ClientEntry>();
  readonly #changed = new Emitter<void>();
  /** Fires when clients come or go, but not for each sent event. */
  readonly onDidChange = this.#changed.event;
  readonly #traffic: Traffic = { sent: 0, dropped: 0 };
  readonly #maxConnections: number;
  #counter = 0;

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

  /** @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many connections */
  assertRoom(): void {
    if (this.size < this.#maxConnections) return;
    throw new BridgeError("RATE_LIMIT_EXCEEDED", `There are already ${this.#maxConnections} connections.`);
  }

  /**
   * Registers a connection that began with `request`. The caller disposes the entry; `close` must end the connection.
   * @throws BridgeError RATE_LIMIT_EXCEEDED if there are too many
   */
  connect(kind: ClientKind, request: IncomingMessage, close: Close): ClientEntry {
    this.assertRoom();
    const id = this.#newId();
    const entry = new ClientEntry(id, kind, request.headers["user-agent"], this.#traffic, () => {
      if (this.#connected.delete(id)) this.#changed.fire();
    });
    this.#connected.set(id, { entry, request, close });
    this.#changed.fire();
    return entry;
  }

  /** Records an HTTP request. */
  called(userAgent: string | undefined): void {
    const name = nameOf(userAgent);
    const known = this.#callers.get(name);
    if (known !== undefined) known.seen();
    else this.#enterCaller(name);
  }

  list(): ClientRecord[] {
    const since = Date.now() - CALLER_KEPT_MS;
    for (const [name, { lastSeenAt }] of this.#callers) if (lastSeenAt < since) this.#callers.delete(name);
    // The program that sent a waiting request is already listed as a caller.
    const connected = [...this.#connected.values()].map(({ entry }) => entry).filter(({ kind }) => kind !== "http");
    return [...connected, ...this.#callers.values()].map((entry) => entry.record());
  }

  /** Counts the connections by a key of their first request. */
  countBy(keyOf: (request: IncomingMessage) => string): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { request } of this.#connected.values()) {
      const key = keyOf(request);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
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
    this.#changed.dispose();
    this.#callers.clear();
  }

  #enterCaller(name: string): void {
    const entry = new ClientEntry(this.#newId(), "http", name, this.#traffic, () => undefined);
    this.#callers.set(name, entry);
    const oldest = this.#callers.keys().next();
    if (this.#callers.size > MAX_CALLERS && oldest.done !== true) this.#callers.delete(oldest.value);
    this.#changed.fire();
  }

  #newId(): string {
    return `client-${Date.now()}-${++this.#counter}`;
  }
}

/** Returns the name that a program sends. */
export function programOf({ headers }: IncomingMessage): string {
  return nameOf(headers["user-agent"]);
}

/** Returns one line of bounded length, because it is displayed. */
function nameOf(userAgent: string | undefined): string {
  return userAgent === undefined || userAgent === "" ? "(no name)" : userAgent.slice(0, LONGEST_NAME);
}
