import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../../base/clock.ts";
import { type Disposable, toDisposable } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import type { WindowRecord } from "../../protocol/status.ts";
import { closeReason } from "../../server/events/closeReason.ts";
import { MAX_WAITING_BYTES } from "../../server/limits/slowReaders.ts";
import { watchBeats } from "./beats.ts";
import type { Received } from "./conversation.ts";
import { HeldEvents } from "./heldEvents.ts";
import type { LinkEnd, StreamLink } from "./link.ts";
import { MessageMeter } from "./messageMeter.ts";
import { type LinkMessage, linkMessageSchema } from "./messages.ts";
import { StreamTable } from "./streamTable.ts";

/** Maximum size of a message in bytes. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** Maximum number of bytes that the other end may leave unread: heartbeats alone do not keep a link. */
const MAX_UNREAD_BYTES = 2 * MAX_MESSAGE_BYTES;
/** Maximum number of messages that wait for the first listener. */
const MAX_HELD = 1_000;
/** Timeout of the closing handshake in milliseconds. */
const CLOSE_MS = 500;
/** Close codes by the reason of the end. `ws` closes with 1009 for a message that is too large. */
const closeCodes = { closed: 1000, silent: 4408, protocol: 4400 } as const;
const protocolCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, closeCodes.protocol]);

const messageTypes: ReadonlySet<unknown> = new Set(linkMessageSchema.options.map(({ shape }) => shape.type.value));

export interface WebSocketLinkOptions {
  readonly webSocket: WebSocket;
  /** The stream below the WebSocket. */
  readonly stream: Duplex;
  readonly peer: WindowRecord;
  readonly version: number;
  readonly isOwner: boolean;
  /** Messages that have arrived already. */
  readonly received: readonly Received[];
  readonly clock: Clock;
  readonly logger: Logger;
}

type State = { readonly kind: "open"; readonly beats: Disposable } | { readonly kind: "ended"; readonly end: LinkEnd };

/** A link over a WebSocket: messages are JSON text frames, streams are binary frames. */
export class WebSocketLink implements StreamLink {
  readonly peer: WindowRecord;
  readonly version: number;
  readonly #webSocket: WebSocket;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #meter: MessageMeter;
  readonly #streams: StreamTable;
  readonly #opened: HeldEvents<Duplex>;
  readonly #messages: HeldEvents<LinkMessage>;
  readonly #heard = new Emitter<LinkMessage>();
  readonly #ending: Emitter<LinkEnd>;
  #state: State;

  constructor({ webSocket, stream, peer, version, isOwner, received, clock, logger }: WebSocketLinkOptions) {
    const onError = (error: unknown): void =>
      logger.error("A listener of the link between windows failed", { error: messageOf(error) });
    this.peer = peer;
    this.version = version;
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#clock = clock;
    this.#meter = new MessageMeter(clock);
    this.#messages = new HeldEvents(MAX_HELD, onError);
    this.#opened = new HeldEvents(MAX_HELD, onError);
    const onOpen = (opened: Duplex): boolean => this.#opened.fire(opened);
    this.#streams = new StreamTable({ stream, isOwner, meter: this.#meter, onOpen });
    this.#ending = new Emitter(onError);
    const parts = { send: this.send.bind(this), end: this.end.bind(this), onDidEnd: this.onDidEnd };
    this.#state = { kind: "open", beats: toDisposable(() => undefined) };
    const beating = { ...parts, onDidReceive: this.#heard.event };
    this.#state = { kind: "open", beats: watchBeats(beating, clock, isOwner ? "member" : "owner") };
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary));
    webSocket.on("error", (error) => this.#fail(error));
    webSocket.on("close", (code, reason) => this.#closed(code, reason.toString()));
    for (const { data, isBinary } of received) this.#take(data, isBinary);
  }

  get onDidReceive(): Event<LinkMessage> {
    return this.#messages.event;
  }

  /** Calls back a late listener too. */
  get onDidEnd(): Event<LinkEnd> {
    return (listener) => {
      if (this.#state.kind === "open") return this.#ending.event(listener);
      const { end } = this.#state;
      let isWaiting = true;
      queueMicrotask(() => isWaiting && listener(end));
      return toDisposable(() => {
        isWaiting = false;
      });
    };
  }

  get isBehind(): boolean {
    return this.#stream.writableLength > MAX_WAITING_BYTES;
  }

  get onDidOpenStream(): Event<Duplex> {
    return this.#opened.event;
  }

  openStream(): Duplex {
    return this.#streams.open();
  }

  onceDrained(listener: () => void): void {
    if (this.#stream.writableNeedDrain) this.#stream.once("drain", listener);
    else setImmediate(listener);
  }

  send(message: LinkMessage): void {
    if (this.#state.kind === "ended") return;
    const text = JSON.stringify(message);
    if (text.length > MAX_MESSAGE_BYTES / 4 && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
      this.end("protocol", `A message of the type ${message.type} has ${text.length} characters.`);
      return;
    }
    this.#streams.writer.batch();
    this.#webSocket.send(text);
    if (this.#stream.writableLength > MAX_UNREAD_BYTES) this.end("protocol", "The other window does not read.");
  }

  end(reason: LinkEnd["reason"], detail: string): void {
    this.#finish({ reason, detail });
    if (reason === "silent") {
      this.#webSocket.terminate();
      return;
    }
    this.#webSocket.close(closeCodes[reason], closeReason(detail));
    const deadline = this.#clock.after(CLOSE_MS, () => this.#webSocket.terminate());
    this.#webSocket.once("close", () => void deadline.dispose());
  }

  dispose(): void {
    this.end("closed", "The window has closed the link.");
  }

  #finish(end: LinkEnd): void {
    if (this.#state.kind === "ended") return;
    void this.#state.beats.dispose();
    this.#state = { kind: "ended", end };
    this.#streams.close(end.detail);
    this.#ending.fire(end);
  }

  #closed(code: number, reason: string): void {
    const detail = `The other window has closed the link (${code})${reason === "" ? "." : `: ${reason}`}`;
    this.#finish({ reason: protocolCodes.has(code) ? "protocol" : "closed", detail });
  }

  #fail(error: Error): void {
    // `ws` reports what is not valid with a code of its own; others are errors of the connection.
    const isInvalid = "code" in error && String(error.code).startsWith("WS_ERR_");
    this.#finish({ reason: isInvalid ? "protocol" : "closed", detail: messageOf(error) });
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#state.kind === "ended" || !Buffer.isBuffer(data)) return;
    if (isBinary) {
      const problem = this.#streams.receive(data);
      if (problem !== undefined) this.end("protocol", `The other window has sent ${problem}.`);
      return;
    }
    if (!this.#meter.count()) {
      this.end("protocol", "The other window sends too many messages.");
      return;
    }
    const message = messageIn(data);
    if (message === "invalid") this.end("protocol", "The other window has sent a message that is not valid.");
    else if (message !== "unknown") this.#deliver(message);
  }

  #deliver(message: LinkMessage): void {
    this.#heard.fire(message);
    if (!this.#messages.fire(message)) this.end("protocol", "Too many messages are waiting.");
  }
}

/** Returns "unknown" for a message of a newer version. */
function messageIn(data: Buffer): LinkMessage | "invalid" | "unknown" {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    return "invalid";
  }
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string")
    return "invalid";
  if (!messageTypes.has(value.type)) return "unknown";
  return linkMessageSchema.safeParse(value).data ?? "invalid";
}
