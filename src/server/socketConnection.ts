import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Disposable } from "../base/disposables.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import type { SocketReply } from "../protocol/socket.ts";
import { invalid } from "../protocol/validate.ts";
import { closeReason } from "./closeReason.ts";
import { type EventSink, MAX_WAITING_BYTES } from "./eventFeed.ts";
import type { EventText } from "./eventText.ts";
import { RequestQueue } from "./requestQueue.ts";
import type { TurnCork } from "./turnCork.ts";

export interface ConnectionParts {
  readonly webSocket: WebSocket;
  /** What the WebSocket runs on. */
  readonly stream: Duplex;
  readonly text: EventText;
  readonly cork: TurnCork;
  /** Answers one request; never rejects. */
  readonly handle: (request: unknown) => Promise<SocketReply>;
  /** The client showed a sign of life. */
  readonly onSeen: () => void;
  readonly onSent: () => void;
  readonly onDropped: () => void;
}

/** So many requests may wait to be begun before the client is no longer read. */
const MAX_REQUESTS = 100;

/** One WebSocket: takes requests in, lets replies and events out, and never lets more wait than is bearable. */
export class SocketConnection implements EventSink, Disposable {
  readonly #parts: ConnectionParts;
  /** Whether anything came since the last ping. */
  #isAlive = true;
  #waitingAtPing = 0;
  readonly #requests = new RequestQueue({
    answer: (request) => this.#answer(request),
    whenBearable: () => this.#whenBearable(),
  });

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    const { webSocket } = parts;
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary));
    webSocket.on("pong", () => this.#notice());
    webSocket.on("ping", (data) => this.#pong(data));
    // What is wrong with a frame closes the connection with the code that fits; there is nobody else to tell.
    webSocket.on("error", () => undefined);
    webSocket.on("close", () => this.#requests.clear());
  }

  get waitingBytes(): number {
    return this.#parts.webSocket.bufferedAmount;
  }

  send(event: BridgeEvent): void {
    const { webSocket, stream, text, cork, onSent } = this.#parts;
    if (webSocket.readyState !== webSocket.OPEN) return;
    cork.cork(stream);
    webSocket.send(text.bytes(event), { binary: false });
    onSent();
  }

  dropped(): void {
    this.#parts.onDropped();
  }

  onceDrained(listener: () => void): void {
    this.#parts.stream.once("drain", listener);
  }

  /**
   * Asks for a sign of life. A client that since the last time gave none, and took nothing of what waits for it, is
   * taken for dead: it gets no goodbye.
   */
  ping(): void {
    const { webSocket } = this.#parts;
    const { waitingBytes } = this;
    const isAlive = this.#isAlive || waitingBytes < this.#waitingAtPing;
    this.#isAlive = false;
    this.#waitingAtPing = waitingBytes;
    if (!isAlive) webSocket.terminate();
    else if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
  }

  /** Resolves when the requests that were begun are answered. */
  whenAnswered(): Promise<void> {
    return this.#requests.whenAnswered();
  }

  /** Says goodbye with the code and the words of an error. What the client asks from now on is not heard. */
  close(error: BridgeError): void {
    this.#parts.webSocket.close(error.closeCode, closeReason(error.message));
    this.#requests.clear();
  }

  dispose(): void {
    this.#parts.webSocket.terminate();
  }

  #take(data: RawData, isBinary: boolean): void {
    this.#notice();
    // `ws` reads on until the other side has said goodbye too.
    if (this.#parts.webSocket.readyState !== this.#parts.webSocket.OPEN) return;
    if (isBinary) {
      this.close(new BridgeError("UNSUPPORTED_MEDIA_TYPE", "Send JSON as text frames."));
      return;
    }
    const request = parse(data);
    this.#requests.push(request);
    this.#heedCrowd();
  }

  async #answer(request: unknown): Promise<void> {
    if (request instanceof BridgeError) this.#reply({ id: null, error: request.toBody() });
    else this.#reply(await this.#parts.handle(request));
    this.#heedCrowd();
  }

  #reply(reply: SocketReply): void {
    const { webSocket, stream, cork } = this.#parts;
    if (webSocket.readyState !== webSocket.OPEN) return;
    cork.cork(stream);
    webSocket.send(JSON.stringify(reply));
  }

  /** Who asks and does not read the replies is not answered, and soon not read either, until it does. */
  #heedCrowd(): void {
    const { webSocket } = this.#parts;
    if (this.#requests.length > MAX_REQUESTS) webSocket.pause();
    else if (webSocket.isPaused) webSocket.resume();
  }

  #whenBearable(): Promise<void> | undefined {
    if (this.waitingBytes <= MAX_WAITING_BYTES) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.onceDrained(resolve);
    return promise;
  }

  /** What is not read is not added to, by answers to pings either. */
  #pong(data: Buffer): void {
    const { webSocket } = this.#parts;
    this.#notice();
    if (this.waitingBytes <= MAX_WAITING_BYTES) webSocket.pong(data);
  }

  #notice(): void {
    this.#isAlive = true;
    this.#parts.onSeen();
  }
}

function parse(data: RawData): unknown {
  try {
    // Of ws's kinds of data this is the only one, unless another `binaryType` is set.
    return JSON.parse(Buffer.isBuffer(data) ? data.toString() : "");
  } catch {
    return invalid("(message)", "json", "JSON", "something else");
  }
}
