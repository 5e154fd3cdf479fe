import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Disposable } from "../base/disposables.ts";
import { BridgeError } from "../protocol/errors.ts";
import type { BridgeEvent } from "../protocol/events.ts";
import type { SocketReply } from "../protocol/socket.ts";
import { invalid } from "../protocol/validate.ts";
import { type EventSink, MAX_WAITING_BYTES } from "./eventFeed.ts";
import type { EventText } from "./eventText.ts";
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

/** One WebSocket: takes requests in, lets replies and events out, and never lets more wait than is bearable. */
export class SocketConnection implements EventSink, Disposable {
  readonly #parts: ConnectionParts;
  /** Whether anything came since the last ping. */
  #isAlive = true;
  #isPaused = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    const { webSocket } = parts;
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary));
    webSocket.on("pong", () => this.#notice());
    webSocket.on("ping", () => this.#notice());
    // What is wrong with a frame closes the connection with the code that fits; there is nobody else to tell.
    webSocket.on("error", () => undefined);
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

  /** Asks for a sign of life. A client that gave none since the last time is taken for dead: it gets no goodbye. */
  ping(): void {
    const { webSocket } = this.#parts;
    if (!this.#isAlive) webSocket.terminate();
    else if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
    this.#isAlive = false;
  }

  /** Says goodbye with the code and the words of an error. */
  close(error: BridgeError): void {
    this.#parts.webSocket.close(error.closeCode, error.message.slice(0, 120));
  }

  dispose(): void {
    this.#parts.webSocket.terminate();
  }

  #take(data: RawData, isBinary: boolean): void {
    this.#notice();
    if (isBinary) {
      this.close(new BridgeError("UNSUPPORTED_MEDIA_TYPE", "Send JSON as text frames."));
      return;
    }
    const request = parse(data);
    if (request instanceof BridgeError) this.#reply({ id: null, error: request.toBody() });
    else void this.#parts.handle(request).then((reply) => this.#reply(reply));
  }

  #reply(reply: SocketReply): void {
    const { webSocket } = this.#parts;
    if (webSocket.readyState !== webSocket.OPEN) return;
    webSocket.send(JSON.stringify(reply));
    this.#heedPressure();
  }

  /** Who asks and does not read the replies is not read either, until it does. */
  #heedPressure(): void {
    if (this.#isPaused || this.waitingBytes <= MAX_WAITING_BYTES) return;
    const { webSocket, stream } = this.#parts;
    this.#isPaused = true;
    webSocket.pause();
    stream.once("drain", () => {
      this.#isPaused = false;
      webSocket.resume();
    });
  }

  #notice(): void {
    this.#isAlive = true;
    this.#parts.onSeen();
    this.#heedPressure();
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
