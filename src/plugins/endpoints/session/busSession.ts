import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import type { Principal } from "../../../core/access/principal.ts";
import { busOperations, type BusRequest, busOperationSchema } from "../../../protocol/bus/busSocket.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { invalid, validate } from "../../../protocol/validate.ts";
import type { ReadyFrame } from "../../bus/remote/frames.ts";
import type { FrameSink } from "./frameSink.ts";
import { SessionOperations, type SessionParticipant } from "./sessionOperations.ts";
import { SessionOutbox } from "./sessionOutbox.ts";

/** The connection of a session. */
export interface SessionConnection extends FrameSink {
  /** Closes it with the code of an error. */
  close(error: BridgeError): void;
  /** The session can take operations again. */
  resume(): void;
}

export interface BusSessionDeps {
  readonly participant: SessionParticipant;
  /** Converts an error of an operation to what the client may know of it, and records it. */
  readonly failed: (thrown: unknown, op: string) => BridgeError;
  readonly onEnd: () => void;
  readonly clock: Clock;
}

export interface BusSessionOptions {
  readonly id: string;
  readonly principal: Principal;
  readonly maxPayloadBytes: number;
}

/** The time in milliseconds that a session is kept after its connection was broken. */
const KEPT_MS = 30_000;
/** The time in milliseconds after which the requests of a client that has disconnected are abandoned. */
const ABANDON_MS = 500;
/** Operations in progress above which a connection is paused. Requests are bounded otherwise. */
const MAX_IN_FLIGHT = 1000;

type State =
  | { readonly kind: "new" }
  | { readonly kind: "attached"; readonly connection: SessionConnection }
  | { readonly kind: "detached"; readonly timers: readonly Disposable[] }
  | { readonly kind: "ended" };

/**
 * The part of one program in the bus, over connections that may break. It has one principal and one name, and outlives a
 * broken connection for 30 s, with its subscriptions and what waits for them.
 */
export class BusSession {
  readonly id: string;
  readonly principal: Principal;
  readonly #deps: BusSessionDeps;
  readonly #maxPayloadBytes: number;
  readonly #outbox = new SessionOutbox(() => this.end(tooMuchUnread()));
  readonly #operations: SessionOperations;
  #state: State = { kind: "new" };
  #inFlight = 0;
  #lastOp = 0;

  constructor(deps: BusSessionDeps, { id, principal, maxPayloadBytes }: BusSessionOptions) {
    this.#deps = deps;
    this.id = id;
    this.principal = principal;
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#operations = new SessionOperations(deps.participant, this.#outbox);
  }

  get name(): string {
    return this.#deps.participant.name;
  }

  get isAttached(): boolean {
    return this.#state.kind === "attached";
  }

  get isEnded(): boolean {
    return this.#state.kind === "ended";
  }

  /** True while so much is in progress that the connection should not be read. */
  get isBusy(): boolean {
    return this.#inFlight - this.#operations.pendingRequests >= MAX_IN_FLIGHT;
  }

  /** Takes a connection in place of the one before. @param received undefined for a client that does not resume */
  attach(connection: SessionConnection, received: number | undefined): void {
    if (this.#state.kind === "ended") return connection.close(closed());
    this.#leaveConnection(replaced());
    this.#state = { kind: "attached", connection };
    this.#operations.comeBack();
    this.#outbox.attach(connection, received ?? 0, (missed) => this.#greet(connection, received, missed));
  }

  /** A connection was closed. @param isFinal the client has closed it for good */
  detach(connection: SessionConnection, isFinal: boolean): void {
    if (this.#state.kind !== "attached" || this.#state.connection !== connection) return;
    this.#outbox.detach();
    const { clock } = this.#deps;
    const abandoning = clock.after(ABANDON_MS, () => this.#operations.abandon());
    const ending = clock.after(KEPT_MS, () => this.end(closed()));
    this.#state = { kind: "detached", timers: [abandoning, ending] };
    if (isFinal || !this.principal.isActive) this.end(closed());
  }

  /** Ends a session that has never had a connection. */
  endUnlessUsed(): void {
    if (this.#state.kind === "new") this.end(closed());
  }

  /** Handles an operation over a WebSocket, whose reply is a frame. */
  receive(value: unknown): void {
    const id = idOf(value);
    const isLater = id === undefined || id > this.#lastOp;
    if (id !== undefined && isLater) this.#lastOp = id;
    void this.#reply(id ?? null, opOf(value), () => {
      if (!isLater) throw invalid("id", "order", "more than that of the operation before", String(id));
      const operation = validate(busOperationSchema, value);
      if (operation.received !== undefined) this.#outbox.confirm(operation.received);
      return this.#operations.run(operation);
    });
  }

  /** Replies with an error to a text that is not an operation. */
  refuse(error: BridgeError): void {
    void this.#reply(null, "(none)", () => {
      throw error;
    });
  }

  /** Handles an operation of a request. @throws BridgeError */
  async execute(operation: BusRequest, signal?: AbortSignal): Promise<unknown> {
    try {
      if (this.isEnded) throw closed();
      if (operation.received !== undefined) this.#outbox.confirm(operation.received);
      return await this.#operations.run(operation, signal);
    } catch (thrown) {
      throw this.#deps.failed(thrown, operation.op);
    }
  }

  /** Ends the session: its subscriptions, its requests, and the requests that it has not answered. */
  end(error: BridgeError): void {
    if (this.#state.kind === "ended") return;
    this.#leaveConnection(error);
    this.#state = { kind: "ended" };
    this.#operations.end(error);
    this.#outbox.close();
    this.#deps.onEnd();
  }

  #leaveConnection(why: BridgeError): void {
    const state = this.#state;
    this.#state = { kind: "detached", timers: [] };
    if (state.kind === "attached") state.connection.close(why);
    else if (state.kind === "detached") for (const timer of state.timers) void timer.dispose();
  }

  #greet(connection: SessionConnection, received: number | undefined, missed: number): void {
    const resumed = received !== undefined;
    const ready: ReadyFrame = {
      type: "ready",
      session: this.id,
      name: this.name,
      resumed,
      lastOp: this.#lastOp,
      missed: resumed ? missed : 0,
      keptMs: KEPT_MS,
      maxPayloadBytes: this.#maxPayloadBytes,
    };
    connection.send(JSON.stringify(ready), "ready", received ?? 0);
  }

  async #reply(id: number | null, op: string, run: () => Promise<unknown>): Promise<void> {
    this.#inFlight++;
    try {
      const result = await run();
      this.#outbox.push({ id, result: result ?? null });
    } catch (thrown) {
      this.#outbox.push({ id, error: this.#deps.failed(thrown, op).toBody() });
    } finally {
      this.#inFlight--;
      if (this.#state.kind === "attached" && !this.isBusy) this.#state.connection.resume();
    }
  }
}

/** Returns the ID of an operation that may otherwise be invalid. */
function idOf(value: unknown): number | undefined {
  const id = property(value, "id");
  return typeof id === "number" && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** Returns the name of an operation, and hides other texts. */
function opOf(value: unknown): string {
  const op = property(value, "op");
  return typeof op === "string" && Object.hasOwn(busOperations, op) ? op : "(none)";
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function closed(): BridgeError {
  return unavailable("bridge-stopping", "This session of the bus has ended.");
}

function replaced(): BridgeError {
  return new BridgeError("CONFLICT", "Another connection has resumed this session.");
}

function tooMuchUnread(): BridgeError {
  return new BridgeError("RATE_LIMIT_EXCEEDED", "The client has left too much unread.");
}
