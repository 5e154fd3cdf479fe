import { type Clock, systemClock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError, type ErrorBody, ERRORS } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { Untyped } from "../message.ts";
import type { NumberedFrame, ReadyFrame, ReplyFrame, SessionFrame } from "./frames.ts";
import { type NewOperation, type PendingOperation, PendingOperations } from "./pendingOperations.ts";
import type { OpenChannel, TextChannel } from "./textChannel.ts";

/** Frames other than replies and progress. */
export type PushedFrame = Exclude<SessionFrame, ReplyFrame | { readonly type: "progress" }>;

export interface RemoteSessionDeps {
  readonly open: OpenChannel;
  readonly onFrame: (frame: PushedFrame) => void;
  /** A session without subscriptions has begun: the first one, or after one that could not be resumed. */
  readonly onBegin: () => void;
  /** Frames that were evicted at the bridge while this client was disconnected. */
  readonly onMissed: (count: number) => void;
  /** The session has ended and is not opened again. */
  readonly onEnd: (error: BridgeError) => void;
  readonly clock?: Clock;
}

export interface RemoteSessionOptions {
  readonly name: string;
  /** The time in milliseconds that operations wait for a connection. */
  readonly offlineMs?: number | undefined;
}

type State =
  | { readonly kind: "connecting" | "open"; readonly channel: TextChannel | undefined }
  /** Another attempt is pending. */
  | { readonly kind: "waiting"; readonly retry: Disposable }
  | { readonly kind: "ended"; readonly error: BridgeError };

const OFFLINE_MS = 30_000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5000;
/** Maximum size of a payload as long as the bridge has not said it, and of the rest of a frame, in characters. */
const DEFAULT_PAYLOAD = 1024 * 1024;
const MAX_ENVELOPE = 64 * 1024;

/**
 * The session of one participant with the bus of a bridge. Connects again until it ends, and resumes: then no operation
 * and no frame is lost or repeated. If the session is gone, publishes are sent again (each has its message ID), and what
 * cannot be repeated fails with a recoverable error.
 */
export class RemoteSession implements Disposable {
  readonly #deps: RemoteSessionDeps;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #offlineMs: number;
  readonly #pending = new PendingOperations();
  #state: State = { kind: "connecting", channel: undefined };
  #session: string | undefined;
  #received = 0;
  #lastId = 0;
  #attempt = 0;
  #maxPayload = DEFAULT_PAYLOAD;
  /** Runs while there is no connection. */
  #offline: Disposable | undefined;
  /** True if there was no connection for so long that new operations fail at once. */
  #isOffline = false;

  constructor(deps: RemoteSessionDeps, { name, offlineMs = OFFLINE_MS }: RemoteSessionOptions) {
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#name = name;
    this.#offlineMs = offlineMs;
    this.#startOffline();
    this.#connect();
  }

  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  get #isEnded(): boolean {
    return this.#state.kind === "ended";
  }

  /**
   * Sends an operation, as soon as there is a connection.
   * @returns its result, and a function that takes it back if it was not sent yet, or else returns its ID
   * @throws the error of the bridge; KIRO_UNAVAILABLE if the connection is lost and the session cannot be resumed
   */
  call(
    operation: NewOperation,
    onProgress?: (payload: Untyped) => void,
  ): { readonly result: Promise<unknown>; readonly withdraw: () => number | undefined } {
    let pending: PendingOperation | undefined;
    const result = new Promise<unknown>((resolve, reject) => {
      if (this.#state.kind === "ended") throw this.#state.error;
      if (this.#isOffline) throw notConnected();
      const weight = this.#weigh(operation);
      pending = { id: undefined, operation, weight, onProgress, resolve, reject };
      this.#pending.add(pending);
      if (this.#state.kind === "open") this.#send(pending);
    });
    const withdraw = (): number | undefined => {
      if (pending !== undefined && pending.id === undefined) this.#pending.remove(pending);
      return pending?.id;
    };
    return { result, withdraw };
  }

  /** Ends the session, also at the bridge. */
  dispose(): void {
    this.#end(unavailable("bridge-off", "The connection to the bus was closed."));
  }

  #connect(): void {
    const query = new URLSearchParams({ name: this.#name });
    if (this.#session !== undefined) {
      query.set("session", this.#session);
      query.set("received", String(this.#received));
    }
    const attempt: { channel: TextChannel | undefined; isOver: boolean } = { channel: undefined, isOver: false };
    this.#state = { kind: "connecting", channel: undefined };
    attempt.channel = this.#deps.open(String(query), {
      onMessage: (text) => {
        if (!attempt.isOver && !this.#isEnded) this.#take(text);
      },
      onClose: (error) => {
        if (attempt.isOver) return;
        attempt.isOver = true;
        this.#disconnected(error);
      },
    });
    if (this.#isEnded) attempt.channel.close();
    else if (!attempt.isOver) this.#state = { kind: "connecting", channel: attempt.channel };
  }

  #disconnected(error: BridgeError): void {
    if (this.#state.kind === "ended") return;
    if (!error.recoverable) return this.#end(error);
    this.#startOffline();
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#attempt, MAX_RETRY_MS) * (0.5 + Math.random() / 2);
    this.#attempt++;
    this.#state = { kind: "waiting", retry: this.#clock.after(delay, () => this.#connect()) };
  }

  #startOffline(): void {
    this.#offline ??= this.#clock.after(this.#offlineMs, () => {
      this.#isOffline = true;
      this.#pending.rejectAll(notConnected());
    });
  }

  #end(error: BridgeError): void {
    const state = this.#state;
    if (state.kind === "ended") return;
    this.#state = { kind: "ended", error };
    void this.#offline?.dispose();
    if (state.kind === "waiting") void state.retry.dispose();
    else state.channel?.close();
    this.#pending.rejectAll(error);
    this.#deps.onEnd(error);
  }

  #take(text: string): void {
    const frame: ReadyFrame | NumberedFrame = JSON.parse(text);
    if ("type" in frame && frame.type === "ready") return this.#welcome(frame);
    if (!("number" in frame) || frame.number <= this.#received) return;
    this.#received = frame.number;
    if (!("type" in frame)) this.#settle(frame);
    else if (frame.type === "progress") this.#pending.find(frame.request)?.onProgress?.(frame.payload);
    else this.#deps.onFrame(frame);
  }

  #welcome(ready: ReadyFrame): void {
    if (this.#state.kind !== "connecting") return;
    const { channel } = this.#state;
    this.#state = { kind: "open", channel };
    this.#attempt = 0;
    this.#isOffline = false;
    void this.#offline?.dispose();
    this.#offline = undefined;
    this.#maxPayload = ready.maxPayloadBytes;
    const isSame = ready.resumed && ready.session === this.#session;
    this.#session = ready.session;
    if (isSame) this.#resume(ready);
    else this.#begin();
    for (const pending of this.#pending.waiting) this.#send(pending);
  }

  /** The bridge has processed all operations up to `lastOp`; their replies follow. */
  #resume({ lastOp, missed }: ReadyFrame): void {
    this.#pending.markUnsent(this.#pending.sent.filter(({ id = 0 }) => id > lastOp));
    this.#lastId = lastOp;
    if (missed > 0) this.#deps.onMissed(missed);
  }

  #begin(): void {
    this.#received = 0;
    this.#lastId = 0;
    const unsure = this.#pending.sent;
    this.#pending.markUnsent(unsure);
    for (const pending of unsure) if (pending.operation.op !== "publish") this.#drop(pending);
    for (const pending of this.#pending.waiting) if (isOfSession(pending.operation)) this.#drop(pending);
    this.#deps.onBegin();
  }

  #drop(pending: PendingOperation): void {
    this.#pending.remove(pending);
    if (isOfSession(pending.operation)) pending.resolve(undefined);
    else pending.reject(unavailable("bridge-stopping", "The connection to the bus was lost. Send it again."));
  }

  #send(pending: PendingOperation): void {
    if (this.#state.kind !== "open" || pending.id !== undefined) return;
    const id = ++this.#lastId;
    this.#pending.markSent(pending, id);
    this.#state.channel?.send(JSON.stringify({ id, received: this.#received, ...pending.operation }));
  }

  #settle(reply: ReplyFrame): void {
    const pending = reply.id === null ? undefined : this.#pending.find(reply.id);
    if (pending === undefined) return;
    this.#pending.remove(pending);
    if ("error" in reply) pending.reject(errorOf(reply.error));
    else pending.resolve(reply.result);
  }

  #weigh(operation: NewOperation): number {
    const { length } = textOf(operation);
    if (length <= this.#maxPayload + MAX_ENVELOPE) return length;
    const message = `The message is larger than ${this.#maxPayload} bytes.`;
    throw new BridgeError("PAYLOAD_TOO_LARGE", message, { maxBytes: this.#maxPayload });
  }
}

/** Operations that only make sense in the session of their sending. A new session subscribes on its own. */
function isOfSession({ op }: NewOperation): boolean {
  return op === "subscribe" || op === "unsubscribe" || op === "ack" || op === "nack" || op === "cancel";
}

function textOf(operation: NewOperation): string {
  try {
    return JSON.stringify(operation);
  } catch {
    throw new BridgeError("VALIDATION_FAILED", "The payload cannot be written as JSON.");
  }
}

function notConnected(): BridgeError {
  return unavailable("bridge-off", "There is no connection to the bus of Kiro Bridge.");
}

/** Returns the error that the bridge has sent. */
export function errorOf({ code, message, context }: ErrorBody): BridgeError {
  return new BridgeError(code in ERRORS ? code : "INTERNAL_ERROR", message, context);
}
