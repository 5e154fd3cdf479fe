import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { closeReason } from "../../server/events/closeReason.ts";
import { type Refusal, refusalCodes } from "./handshake.ts";

/** Maximum number of bytes of a handshake, and of what follows it before the link takes over. */
const MAX_BYTES = 256 * 1024;

/** A message of a WebSocket. */
export interface Received {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** The other end has closed the connection, or was disconnected, before the handshake was complete. */
export class HungUp extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string) {
    super(`The connection was closed (${code}).`);
    this.code = code;
    this.reason = reason;
  }
}

/** A handshake over a WebSocket: JSON messages one by one. The other end is not known yet, so their size is bounded. */
export class Conversation {
  readonly webSocket: WebSocket;
  /** The stream below the WebSocket. */
  readonly stream: Duplex;
  #received: Received[] = [];
  #bytes = 0;
  #ended: HungUp | undefined;
  #waiting: PromiseWithResolvers<Received> | undefined;

  constructor(webSocket: WebSocket, stream: Duplex) {
    this.webSocket = webSocket;
    this.stream = stream;
    // Before the listener of `ws`, which emits the messages of a chunk.
    stream.prependListener("data", this.#count);
    webSocket.on("message", this.#take);
    webSocket.on("close", this.#end);
    // An invalid frame also closes the connection.
    webSocket.on("error", () => undefined);
  }

  send(message: object): void {
    if (this.webSocket.readyState === this.webSocket.OPEN) this.webSocket.send(JSON.stringify(message));
  }

  /** Returns the next message. @throws HungUp @throws SyntaxError if it is not JSON */
  async receive(): Promise<unknown> {
    const { data, isBinary } = await this.#next();
    if (isBinary) throw new SyntaxError("a binary message");
    return JSON.parse(data.toString());
  }

  /** Closes the connection with the reason. */
  refuse({ reason, message }: Refusal): void {
    this.webSocket.close(refusalCodes[reason], closeReason(message));
  }

  /** Ends the conversation, and leaves the WebSocket to the caller. @returns the messages that have arrived since */
  release(): readonly Received[] {
    this.stream.off("data", this.#count);
    this.webSocket.off("message", this.#take);
    this.webSocket.off("close", this.#end);
    return this.#received;
  }

  #next(): Promise<Received> {
    const next = this.#received.shift();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  readonly #count = (chunk: Buffer): void => {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BYTES) this.webSocket.terminate();
  };

  readonly #take = (data: RawData, isBinary: boolean): void => {
    // The only kind of data of `ws` with the default `binaryType`.
    if (!Buffer.isBuffer(data)) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#received.push({ data, isBinary });
    else waiting.resolve({ data, isBinary });
  };

  readonly #end = (code: number, reason: Buffer): void => {
    this.#ended = new HungUp(code, reason.toString());
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  };
}
