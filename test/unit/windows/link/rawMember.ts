import { once } from "node:events";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { newNonce, proofOf, type VersionRange } from "../../../../src/windows/link/handshake.ts";
import { LINK_VERSIONS } from "../../../../src/windows/link/messages.ts";
import { KEY, windowNamed } from "../../../support/windows/linkRig.ts";

interface RawOptions {
  readonly key?: Buffer;
  /** In its hello. */
  readonly id?: string;
  /** In its window. */
  readonly recordId?: string;
  readonly versions?: VersionRange;
  readonly address?: string;
}

/** A program that speaks as much of the protocol as a test wants, and as wrongly. */
export class RawMember {
  readonly webSocket: WebSocket;
  /** Resolves with the close code, and the reason. */
  readonly closed: Promise<readonly [number, string]>;
  /** Everything that it has sent as text. */
  readonly sent: string[] = [];
  readonly #port: number;
  readonly #received: string[] = [];
  #waiting: ((text: string) => void) | undefined;
  #stream: Duplex | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.webSocket = new WebSocket(`ws://127.0.0.1:${port}/link`, { perMessageDeflate: false });
    this.webSocket.on("error", () => undefined);
    this.webSocket.once("upgrade", ({ socket }) => {
      this.#stream = socket;
    });
    this.webSocket.on("message", (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data)) return;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting === undefined) this.#received.push(data.toString());
      else waiting(data.toString());
    });
    this.closed = once(this.webSocket, "close").then(([code, reason]) => [Number(code), String(reason)] as const);
  }

  static async connect(port: number): Promise<RawMember> {
    const member = new RawMember(port);
    await once(member.webSocket, "open");
    return member;
  }

  /** Connects, and proves itself. */
  static async join(port: number, options: RawOptions = {}): Promise<RawMember> {
    const member = await RawMember.connect(port);
    await member.prove(options);
    await member.receive();
    return member;
  }

  /** The socket below the WebSocket. */
  get socket(): Socket {
    return this.#stream as Socket;
  }

  send(message: object | string): this {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    this.sent.push(text);
    this.webSocket.send(text);
    return this;
  }

  frame(kind: number, streamId: number, data: Uint8Array = Buffer.alloc(0)): this {
    const head = Buffer.alloc(5);
    head[0] = kind;
    head.writeUInt32BE(streamId, 1);
    this.webSocket.send(Buffer.concat([head, data]));
    return this;
  }

  receive(): Promise<string> {
    const next = this.#received.shift();
    if (next !== undefined) return Promise.resolve(next);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting = resolve;
    return promise;
  }

  hello({ id = "member", versions = LINK_VERSIONS }: RawOptions = {}): object {
    return { type: "hello", versions, windowId: id, nonce: newNonce() };
  }

  async prove(options: RawOptions = {}): Promise<this> {
    const { key = KEY, id = "member", versions = LINK_VERSIONS } = options;
    const { address = `127.0.0.1:${this.#port}`, recordId = id } = options;
    const member = { versions, windowId: id, nonce: newNonce() };
    this.send({ type: "hello", ...member });
    const owner = JSON.parse(await this.receive());
    const proof = proofOf(key, "member", { member, owner, address });
    return this.send({ type: "answer", proof, window: windowNamed(recordId) });
  }
}
