import type { IncomingMessage } from "node:http";
import { type Disposable } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import { BridgeError, isBridgeError } from "../protocol/errors.ts";
import type { ClientKind, ClientRecord } from "../protocol/clients.ts";

const LONGEST_NAME = 200;
/** Connections that stay, of all kinds together; each may have 1 MiB waiting. */
export const MAX_CONNECTIONS = 256;
/** So many programs which call over plain HTTP are remembered, and for so long. */
const MAX_CALLERS = 50;
const CALLER_KEPT_MS = 10 * 60_000;

/** One client's entry. The connection keeps it up to date and takes it out at its end. */
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

  /** It showed a sign of life. */
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

/** Ends a connection and, where the protocol can, tells its client why. */
type Close = (why: BridgeError) => void;

interface Connection {
  readonly entry: ClientEntry;
  readonly request: IncomingMessage;
  readonly close: Close;
}

/** Events that went out to clients, those that have left included. */
export interface Traffic {
  sent: number;
  dropped: number;
}

/**
 * Who is connected, and who lately called over plain HTTP. Every connection that stays is entered here, whatever it
 * speaks: so it counts against the one limit, and ends when the token is replaced, when the user of the editor
 * disconnects it, and when the bridge stops.
 */
export class ClientRegistry implements Disposable {
  readonly #connected = new Map<string, Connection>();
  /** By User-Agent: on a loopback address all else is the same. */
  readonly #callers = new Map<string, ClientEntry>();
  readonly #changed = new Emitter<void>();
  /** Somebody came or went; not every event that is sent. */
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

  /** How many connections there are. */
  get size(): number {
    return this.#connected.size;
  }

  /** @throws BridgeError RATE_LIMIT_EXCEEDED when one more connection is too many */
  assertRoom(): void {
    if (this.size < this.#maxConnections) return;
    throw new BridgeError("RATE_LIMIT_EXCEEDED", `There are already ${this.#maxConnections} connections.`);
  }

  /**
   * Enters a connection that began with `request`; whoever does takes it out by `dispose`. `close` must end it.
   * @throws BridgeError RATE_LIMIT_EXCEEDED when there are too many
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

  /** Notes a request over plain HTTP. */
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

  /** Ends a connection; a caller over plain HTTP has none and is forgotten. @returns whether there was such a client. */
  disconnect(id: string): boolean {
    const found = this.#connected.get(id);
    found?.close(new BridgeError("ACCESS_DENIED", "Disconnected by the user of the editor."));
    const caller = [...this.#callers].find(([, entry]) => entry.id === id);
    if (caller !== undefined) this.#callers.delete(caller[0]);
    if (caller !== undefined) this.#changed.fire();
    return found !== undefined || caller !== undefined;
  }

  /** Ends all connections. */
  disconnectAll(why: BridgeError): void {
    for (const { close } of this.#connected.values()) close(why);
  }

  /** Ends the connections whose request `assertAllowed` refuses, with its error. */
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

/** What a program calls itself. */
export function callerOf({ headers }: IncomingMessage): string {
  return nameOf(headers["user-agent"]);
}

/** One line, bounded: it is shown to people. */
function nameOf(userAgent: string | undefined): string {
  return userAgent === undefined || userAgent === "" ? "(no name)" : userAgent.slice(0, LONGEST_NAME);
}
