import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Disposable } from "../../../base/disposables.ts";
import { startDeadline } from "../../../base/deadline.ts";
import { BridgeError, isBridgeError } from "../../../protocol/errors.ts";
import { invalid } from "../../../protocol/validate.ts";
import { closeReason } from "../../../server/events/closeReason.ts";
import { textFrame } from "../../../server/events/textFrame.ts";
import type { WriteBatcher } from "../../../server/events/writeBatcher.ts";
import type { IncomingShare } from "../../../server/limits/incomingBytes.ts";
import { meterMessages } from "../../../server/limits/messageMeter.ts";
import { MAX_WAITING_BYTES } from "../../../server/limits/slowReaders.ts";
import type { BusSession, SessionConnection } from "../session/busSession.ts";

export interface BusConnectionDeps {
  readonly webSocket: WebSocket;
  /** The stream below the WebSocket. */
  readonly stream: Duplex;
  readonly session: Pick<BusSession, "receive" | "refuse" | "detach" | "isBusy">;
  readonly cork: WriteBatcher;
  /** The share of its principal. */
  readonly incoming: IncomingShare;
  /** Counts an operation. @returns the time in milliseconds for which no more should be read */
  readonly pace: (bytes: number) => number;
  /** Waits until this window may answer; see `whenServing`. */
  readonly whenServing: () => Promise<void> | undefined;
  readonly toError: (thrown: unknown) => BridgeError;
  /** Called for each sign of life. */
  readonly onSeen: () => void;
  readonly onSent: () => void;
}

/** Close codes with which a client ends its session: a normal closure, and one without a code. */
const FINAL: ReadonlySet<number> = new Set([1000, 1005]);

/**
 * One WebSocket of a session of the bus. Applies backpressure: reads no further operation while replies are not read, too
 * much is in progress, or the principal sends too fast.
 */
export class BusSocketConnection implements SessionConnection, Disposable {
  readonly #deps: BusConnectionDeps;
  /** True if anything was received since the last ping. */
  #isAlive = true;
  /** Messages that have arrived while this window checks that it has the address. */
  #held: Buffer[] | undefined;
  #pausing: Disposable | undefined;

  constructor(deps: BusConnectionDeps) {
    this.#deps = deps;
    const { webSocket, stream, incoming, session } = deps;
    meterMessages(webSocket, stream, incoming, (why) => this.close(why));
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary));
    webSocket.on("pong", () => this.#notice());
    webSocket.on("ping", (data) => {
      this.#notice();
      // A client that does not read gets no pongs either.
      if (this.waitingBytes <= MAX_WAITING_BYTES) webSocket.pong(data);
    });
    // An invalid frame closes the connection with the appropriate code.
    webSocket.on("error", () => undefined);
    webSocket.once("close", (code) => {
      void this.#pausing?.dispose();
      session.detach(this, FINAL.has(code));
    });
  }

  get waitingBytes(): number {
    return this.#deps.webSocket.bufferedAmount;
  }

  send(text: string): void {
    const { webSocket, stream, cork, onSent } = this.#deps;
    if (webSocket.readyState !== webSocket.OPEN) return;
    cork.cork(stream);
    stream.write(textFrame(text));
    onSent();
  }

  onceDrained(listener: () => void): void {
    this.#deps.stream.once("drain", listener);
  }

  /** Sends a ping, and drops a client without a sign of life since the last one. */
  ping(): void {
    const { webSocket } = this.#deps;
    if (this.waitingBytes > 0 || webSocket.isPaused) return;
    const isAlive = this.#isAlive;
    this.#isAlive = false;
    if (!isAlive) webSocket.terminate();
    else if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
  }

  close(error: BridgeError): void {
    this.#deps.webSocket.close(error.closeCode, closeReason(error.message));
  }

  resume(): void {
    const { webSocket } = this.#deps;
    if (webSocket.isPaused && !this.#mustPause && webSocket.readyState === webSocket.OPEN) webSocket.resume();
  }

  dispose(): void {
    this.#deps.webSocket.terminate();
  }

  get #mustPause(): boolean {
    const { session } = this.#deps;
    return (
      this.#held !== undefined || this.#pausing !== undefined || session.isBusy || this.waitingBytes > MAX_WAITING_BYTES
    );
  }

  #take(data: RawData, isBinary: boolean): void {
    this.#notice();
    const { webSocket } = this.#deps;
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (isBinary) return this.close(new BridgeError("UNSUPPORTED_MEDIA_TYPE", "Send JSON as text frames."));
    // The only kind of data of `ws` with the default `binaryType`.
    const bytes = Buffer.isBuffer(data) ? data : Buffer.alloc(0);
    const waiting = this.#held === undefined ? this.#deps.whenServing() : undefined;
    if (waiting !== undefined) this.#hold(waiting);
    if (this.#held === undefined) this.#handle(bytes);
    else this.#held.push(bytes);
    this.#applyBackpressure();
  }

  #hold(waiting: Promise<void>): void {
    this.#held = [];
    waiting
      .then(() => {
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const bytes of held) this.#handle(bytes);
        this.#applyBackpressure();
      })
      .catch((error: unknown) => this.close(this.#deps.toError(error)));
  }

  #handle(bytes: Buffer): void {
    const { session, pace } = this.#deps;
    const waitMs = pace(bytes.length);
    if (waitMs > 0) this.#pause(waitMs);
    const value = parse(bytes);
    if (isBridgeError(value)) session.refuse(value);
    else session.receive(value);
  }

  #pause(ms: number): void {
    void this.#pausing?.dispose();
    this.#pausing = startDeadline(ms, () => {
      this.#pausing = undefined;
      this.resume();
    });
  }

  #applyBackpressure(): void {
    const { webSocket, stream } = this.#deps;
    if (!this.#mustPause) return this.resume();
    webSocket.pause();
    if (this.waitingBytes > MAX_WAITING_BYTES) stream.once("drain", () => this.resume());
  }

  #notice(): void {
    this.#isAlive = true;
    this.#deps.onSeen();
  }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return invalid("(message)", "json", "JSON", "something else");
  }
}
