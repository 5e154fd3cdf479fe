import type { Duplex } from "node:stream";
import { frameKinds, FrameWriter, HEAD_BYTES, MAX_DATA_BYTES } from "./frames.ts";
import { connectionReset, LinkStream, type StreamTableFace } from "./linkStream.ts";
import type { MessageMeter } from "./messageMeter.ts";

const MAX_STREAMS = 1024;
const MAX_ID = 0xffff_ffff;

export interface StreamTableDeps {
  /** The stream below the WebSocket. */
  readonly stream: Duplex;
  readonly isOwner: boolean;
  readonly meter: MessageMeter;
  /** Returns false if nobody can take the stream. */
  readonly onOpen: (stream: LinkStream) => boolean;
}

/** The open streams of a link: takes frames apart by their stream, and lets streams that have data send in turn. */
export class StreamTable implements StreamTableFace {
  readonly writer: FrameWriter;
  readonly #deps: StreamTableDeps;
  readonly #streams = new Map<number, LinkStream>();
  /** Streams with data to send, in their order. */
  readonly #ready = new Set<LinkStream>();
  #isSending = false;
  #isWaiting = false;
  #isClosed = false;
  #nextId: number;
  #lastForeignId = 0;
  /** Number of bytes that may still arrive for streams that were closed here. */
  #late = 0;

  constructor(deps: StreamTableDeps) {
    this.#deps = deps;
    this.writer = new FrameWriter(deps.stream, !deps.isOwner);
    this.#nextId = deps.isOwner ? 1 : 2;
  }

  /** Opens a stream. It fails if the link has ended, or has too many streams. */
  open(): LinkStream {
    const stream = new LinkStream(this.#nextId, this, true);
    if (this.#isClosed || this.#streams.size >= MAX_STREAMS || this.#nextId > MAX_ID) {
      stream.destroy(connectionReset("The link to the other window has ended, or has too many connections."));
      return stream;
    }
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    this.writer.write(frameKinds.open, stream.id);
    return stream;
  }

  /** Takes a frame. @returns what is not valid, or undefined */
  receive(frame: Buffer): string | undefined {
    if (frame.length < HEAD_BYTES || frame.length > HEAD_BYTES + MAX_DATA_BYTES) return "a frame of a wrong size";
    const id = frame.readUInt32BE(1);
    // Those of data and of credit are bounded by the number of bytes.
    if (frame[0] !== frameKinds.data && frame[0] !== frameKinds.credit && !this.#deps.meter.count())
      return "too many frames";
    if (frame[0] === frameKinds.open) return this.#accept(id);
    const stream = this.#streams.get(id);
    if (stream !== undefined) return this.#pass(stream, frame);
    return this.#wasOpen(id) ? this.#discard(frame) : "a frame of an unknown stream";
  }

  ready(stream: LinkStream): void {
    this.#ready.add(stream);
    if (!this.#isSending && !this.#isWaiting) this.#send();
  }

  forget(stream: LinkStream): boolean {
    this.#ready.delete(stream);
    if (!this.#streams.delete(stream.id)) return false;
    this.#late += stream.allowance;
    return !this.#isClosed;
  }

  /** Lets all streams fail. */
  close(why: string): void {
    this.#isClosed = true;
    for (const stream of this.#streams.values()) stream.destroy(connectionReset(why));
  }

  #accept(id: number): string | undefined {
    const isForeign = (id & 1) === (this.#deps.isOwner ? 0 : 1);
    if (!isForeign || id <= this.#lastForeignId) return "a stream with a wrong ID";
    if (this.#streams.size >= 2 * MAX_STREAMS) return "too many streams";
    this.#lastForeignId = id;
    const stream = new LinkStream(id, this, false);
    this.#streams.set(id, stream);
    return this.#deps.onOpen(stream) ? undefined : "too many streams";
  }

  #pass(stream: LinkStream, frame: Buffer): string | undefined {
    switch (frame[0]) {
      case frameKinds.data:
        return stream.receive(frame.subarray(HEAD_BYTES)) ? undefined : "more data than allowed";
      case frameKinds.credit:
        if (frame.length !== HEAD_BYTES + 4 || !stream.receiveCredit(frame.readUInt32BE(HEAD_BYTES)))
          return "a wrong credit";
        return undefined;
      case frameKinds.end:
        return stream.receiveEnd() ? undefined : "a second end";
      case frameKinds.stop:
        return stream.receiveStop() ? undefined : "a stop before the end";
      case frameKinds.reset:
        this.forget(stream);
        stream.destroy(connectionReset("The other window has closed the connection."));
        return undefined;
      default:
        return "a frame of an unknown kind";
    }
  }

  /** Discards a frame of a stream that was closed at this end while it was on its way. */
  #discard(frame: Buffer): string | undefined {
    if (frame[0] !== frameKinds.data) return undefined;
    this.#late -= frame.length - HEAD_BYTES;
    return this.#late < 0 ? "more data than allowed" : undefined;
  }

  #wasOpen(id: number): boolean {
    const isOwn = (id & 1) === (this.#deps.isOwner ? 1 : 0);
    return id > 0 && (isOwn ? id < this.#nextId : id <= this.#lastForeignId);
  }

  /** Sends one frame of each stream in turn, until none has data and credit, or the link is full. */
  #send(): void {
    this.#isSending = true;
    for (const stream of this.#ready) {
      if (this.writer.isFull) break;
      this.#ready.delete(stream);
      // Behind the others, which this loop reaches first.
      if (stream.sendSome()) this.#ready.add(stream);
    }
    this.#isSending = false;
    if (this.#ready.size === 0) return;
    this.#isWaiting = true;
    this.writer.onceDrained(() => {
      this.#isWaiting = false;
      this.#send();
    });
  }
}
