import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Disposable } from "../../base/disposables.ts";
import { BridgeError, isBridgeError } from "../../protocol/errors.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { invalid } from "../../protocol/validate.ts";
import type { ChannelReply } from "../../channel/channel.ts";
import { closeReason } from "./closeReason.ts";
import type { EventSink } from "../../channel/eventFeed.ts";
import type { EventText } from "./eventText.ts";
import type { IncomingShare } from "../limits/incomingBytes.ts";
import { meterMessages } from "../limits/messageMeter.ts";
import { MAX_WAITING_BYTES } from "../limits/slowReaders.ts";
import { SMALL_ANSWER, type UnsentAnswers } from "../limits/unsentAnswers.ts";
import { ReplyOutbox } from "./replyOutbox.ts";
import { textFrame } from "./textFrame.ts";
import { RequestQueue } from "./requestQueue.ts";
import type { WriteBatcher } from "./writeBatcher.ts";

export interface ConnectionDeps {
  readonly webSocket: WebSocket;
  /** The stream below the WebSocket. */
  readonly stream: Duplex;
  readonly text: EventText;
  readonly cork: WriteBatcher;
  /** Handles a request. Never rejects. */
  readonly handle: (request: unknown) => Promise<ChannelReply>;
  readonly unsent: UnsentAnswers;
  /** The share of its principal. */
  readonly incoming: IncomingShare;
  /** Called for each sign of life. */
  readonly onSeen: () => void;
  readonly onSent: () => void;
  readonly onDropped: () => void;
}

/** Maximum number and size of queued requests, above which reading is paused. */
const MAX_REQUESTS = 100;
const MAX_REQUEST_BYTES = 1024 * 1024;

/**
 * One WebSocket: takes requests in, lets replies and events out. Applies backpressure: begins no further request while
 * replies are not read, and stops reading while too many requests wait to be begun.
 */
export class SocketConnection implements EventSink, Disposable {
  readonly #deps: ConnectionDeps;
  /** True if anything was received since the last ping. */
  #isAlive = true;
  readonly #outbox: ReplyOutbox;
  readonly #requests = new RequestQueue({
    answer: (message) => this.#answer(message),
    whenReady: () => this.#outbox.whenReady(),
  });

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    const { webSocket, stream, incoming, unsent } = deps;
    this.#outbox = new ReplyOutbox({
      write: (frame, onSent) => this.#write(frame, onSent),
      waitingBytes: () => this.waitingBytes,
      onceDrained: (listener) => this.onceDrained(listener),
      unsent,
    });
    meterMessages(webSocket, stream, incoming, (why) => this.#refuseMore(why));
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary));
    webSocket.on("pong", () => this.#notice());
    webSocket.on("ping", (data) => this.#pong(data));
    // An invalid frame closes the connection with the appropriate code; there is no other place to report it.
    webSocket.on("error", () => undefined);
    webSocket.on("close", () => {
      this.#requests.clear();
      this.#outbox.clear();
    });
  }

  get waitingBytes(): number {
    return this.#deps.webSocket.bufferedAmount;
  }

  get isBehind(): boolean {
    return this.waitingBytes > MAX_WAITING_BYTES;
  }

  send(event: BridgeEvent): void {
    const { webSocket, stream, text, cork, onSent } = this.#deps;
    if (webSocket.readyState !== webSocket.OPEN) return;
    cork.cork(stream);
    stream.write(text.frame(event));
    onSent();
  }

  /**
   * Sends a message that answers no request.
   * @throws BridgeError RATE_LIMIT_EXCEEDED for a large one, while clients have too much unread data
   */
  post(message: object): void {
    const frame = textFrame(JSON.stringify(message));
    if (frame.length <= SMALL_ANSWER) this.#write(frame);
    else {
      this.#deps.unsent.assertRoomFor(frame.length);
      this.#write(frame, this.#deps.unsent.hold(frame.length));
    }
  }

  dropped(): void {
    this.#deps.onDropped();
  }

  onceDrained(listener: () => void): void {
    this.#deps.stream.once("drain", listener);
  }

  /**
   * Sends a ping. A client without a sign of life since the last one is considered dead, and is dropped without a close
   * frame. While data is unread, the ping would wait too; such clients are handled by the listener.
   */
  ping(): void {
    const { webSocket } = this.#deps;
    if (this.waitingBytes > 0) return;
    const isAlive = this.#isAlive;
    this.#isAlive = false;
    if (!isAlive) webSocket.terminate();
    else if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
  }

  /** Resolves when all started requests are answered. */
  whenAnswered(): Promise<void> {
    return this.#requests.whenAnswered();
  }

  /** Closes the connection with the code and message of an error. Later requests are ignored. */
  close(error: BridgeError): void {
    this.#deps.webSocket.close(error.closeCode, closeReason(error.message));
    this.#requests.clear();
  }

  dispose(): void {
    this.#deps.webSocket.terminate();
  }

  #take(data: RawData, isBinary: boolean): void {
    this.#notice();
    // `ws` would keep reading until the peer has closed, too.
    if (this.#deps.webSocket.readyState !== this.#deps.webSocket.OPEN) return;
    if (isBinary) {
      this.close(new BridgeError("UNSUPPORTED_MEDIA_TYPE", "Send JSON as text frames."));
      return;
    }
    // The only kind of data of `ws` with the default `binaryType`.
    this.#requests.push(Buffer.isBuffer(data) ? data : Buffer.alloc(0));
    this.#applyBackpressure();
  }

  /** Not an `async` function: its frame would retain the reply, and so the execution, until the client has read it. */
  #answer(message: Buffer): Promise<void> {
    // This reply is no longer pending.
    this.#applyBackpressure();
    const request = parse(message);
    const replying = isBridgeError(request)
      ? Promise.resolve({ id: null, error: request.toBody() })
      : this.#deps.handle(request);
    return replying.then((reply) => this.#reply(reply));
  }

  #reply(reply: ChannelReply): Promise<void> | undefined {
    const sending = this.#outbox.send(reply);
    if (sending !== undefined) return sending.then(() => this.#applyBackpressure());
    this.#applyBackpressure();
    return undefined;
  }

  #write(frame: Buffer, onSent?: () => void): void {
    const { webSocket, stream, cork } = this.#deps;
    if (webSocket.readyState === webSocket.OPEN) {
      cork.cork(stream);
      stream.write(frame, onSent);
    } else onSent?.();
  }

  /** Pauses reading. The received part of the current message is kept until the client is disconnected. */
  #refuseMore(why: BridgeError): void {
    this.close(why);
    this.#deps.webSocket.pause();
  }

  /** Pauses clients that send requests without reading the replies. */
  #applyBackpressure(): void {
    const { webSocket } = this.#deps;
    if (this.#requests.length > MAX_REQUESTS || this.#requests.bytes > MAX_REQUEST_BYTES) webSocket.pause();
    else if (webSocket.isPaused && webSocket.readyState === webSocket.OPEN) webSocket.resume();
  }

  /** Answers a ping, unless the client does not read. */
  #pong(data: Buffer): void {
    const { webSocket } = this.#deps;
    this.#notice();
    if (this.waitingBytes <= MAX_WAITING_BYTES) webSocket.pong(data);
  }

  #notice(): void {
    this.#isAlive = true;
    this.#deps.onSeen();
  }
}

function parse(message: Buffer): unknown {
  try {
    return JSON.parse(message.toString());
  } catch {
    return invalid("(message)", "json", "JSON", "something else");
  }
}
