import { randomBytes } from "node:crypto";
import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { Principal } from "../../../core/access/principal.ts";
import { busQuerySchema, busStreamQuerySchema } from "../../../protocol/bus/busSocket.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { validate } from "../../../protocol/validate.ts";
import { busIdentityOf } from "../busIdentity.ts";
import { BusSession } from "./busSession.ts";
import { type Performing, performingOf } from "./performing.ts";
import type { Attach, SessionCaller } from "./sessionCaller.ts";

export interface BusSessionsDeps {
  /** Waits for the bus of this window. @throws BridgeError KIRO_UNAVAILABLE if another window has the bus */
  readonly whenHere: () => Promise<Attach>;
  readonly clock: Clock;
}

export interface BusSessionsOptions {
  readonly maxPayloadBytes: number;
}

/** A session for a connection. */
export interface OpenedSession {
  readonly session: BusSession;
  /** The number of the latest frame that the client has received; undefined if the session is new. */
  readonly received: number | undefined;
}

/** Maximum number of sessions without a connection. The oldest ones end. */
const MAX_DETACHED = 256;
const MAX_DETACHED_OF_ONE = 32;

/** The sessions of all programs that are connected to the bus of this window, or were so a moment ago. */
export class BusSessions implements Disposable {
  readonly #deps: BusSessionsDeps;
  readonly #options: BusSessionsOptions;
  /** By ID, oldest first. */
  readonly #sessions = new Map<string, BusSession>();

  constructor(deps: BusSessionsDeps, options: BusSessionsOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Number of sessions. */
  get size(): number {
    return this.#sessions.size;
  }

  /**
   * Returns the session that a client resumes, or a new one.
   * @param query the parameters of its URL
   * @throws BridgeError CONFLICT for the name of another principal, ACCESS_DENIED, VALIDATION_FAILED, KIRO_UNAVAILABLE
   */
  async open(caller: SessionCaller, query: unknown): Promise<OpenedSession> {
    const { ticket: _ticket, ...wanted } = validate(busQuerySchema, query);
    return await this.#open(caller, wanted);
  }

  /** The same for a stream, whose URL can also subscribe. @throws BridgeError as `open` does */
  async openStream(caller: SessionCaller, query: unknown): Promise<OpenedSession> {
    const { ticket: _ticket, subscribe = [], ...wanted } = validate(busStreamQuerySchema, query);
    const opened = await this.#open(caller, wanted);
    if (opened.received !== undefined) return opened;
    try {
      for (const [at, pattern] of subscribe.entries())
        await opened.session.execute({ op: "subscribe", subscription: at + 1, pattern });
    } catch (error) {
      opened.session.endUnlessUsed();
      throw error;
    }
    return opened;
  }

  /**
   * Prepares the operations of a request.
   * @param body one operation, or a list
   * @throws BridgeError NOT_FOUND for a session that does not exist; VALIDATION_FAILED; for a name, as `open` does
   */
  async perform(caller: SessionCaller, query: unknown, body: unknown): Promise<Performing> {
    const attach = await this.#deps.whenHere();
    return performingOf({ caller, attach, find: (id) => this.#find(caller, id) }, query, body);
  }

  /** Ends all sessions, because the bus of this window ends. */
  endAll(error = unavailable("bridge-stopping", "Another window has the bus now. Connect again.")): void {
    for (const session of this.#sessions.values()) session.end(error);
  }

  dispose(): void {
    this.endAll();
  }

  async #open(caller: SessionCaller, { name, session, received = 0 }: Wanted): Promise<OpenedSession> {
    const attach = await this.#deps.whenHere();
    const known = this.#find(caller, session);
    if (known !== undefined && (name === undefined || name === known.name)) return { session: known, received };
    return { session: this.#create(caller, name, attach), received: undefined };
  }

  /** Returns a session of the caller; those of others are not there for it. */
  #find({ principal }: SessionCaller, id: string | undefined): BusSession | undefined {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    return session?.principal.id === principal.id ? session : undefined;
  }

  #create({ principal, isWindow, failed }: SessionCaller, name: string | undefined, attach: Attach): BusSession {
    const identity = busIdentityOf(principal, { name, isWindow });
    // A plugin that was started again has another token, and so another principal.
    if (principal.kind === "plugin")
      for (const other of this.#sessions.values())
        if (other.name === identity.name && other.principal.id !== principal.id) other.end(restarted());
    this.#makeRoom(principal);
    const id = randomBytes(16).toString("base64url");
    const participant = attach(identity);
    const onEnd = (): void => void this.#sessions.delete(id);
    const deps = { participant, failed, onEnd, clock: this.#deps.clock };
    const session = new BusSession(deps, { id, principal, ...this.#options });
    this.#sessions.set(id, session);
    return session;
  }

  #makeRoom({ id }: Principal): void {
    const detached = [...this.#sessions.values()].filter(({ isAttached }) => !isAttached);
    const own = detached.filter(({ principal }) => principal.id === id);
    const spare =
      own.length >= MAX_DETACHED_OF_ONE ? own[0] : detached.length >= MAX_DETACHED ? detached[0] : undefined;
    spare?.end(new BridgeError("RATE_LIMIT_EXCEEDED", "Too many sessions have no connection."));
  }
}

interface Wanted {
  readonly name?: string | undefined;
  readonly session?: string | undefined;
  readonly received?: number | undefined;
}

function restarted(): BridgeError {
  return new BridgeError("CONFLICT", "The plugin was started again.");
}
