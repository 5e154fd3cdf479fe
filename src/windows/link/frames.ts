import type { Duplex } from "node:stream";
import { WriteBatcher } from "../../server/events/writeBatcher.ts";

/**
 * The frames of streams, each a binary message: the kind (1 byte), the ID of the stream (4 bytes), and for `data` the bytes,
 * for `credit` their number (4 bytes).
 */
export const frameKinds = {
  /** Opens a stream. The IDs of each end increase: odd ones of the owner, even ones of the member. */
  open: 1,
  data: 2,
  /** Grants credit: the other end may send this number of further bytes. */
  credit: 3,
  /** The sender has no more data. */
  end: 4,
  /** After `end`: the sender also reads no more. The other end may still read what it has received. */
  stop: 5,
  /** The stream has failed in both directions. */
  reset: 6,
} as const;

export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

export const HEAD_BYTES = 5;
/** Maximum number of bytes in a data frame. */
export const MAX_DATA_BYTES = 64 * 1024;
/** Number of bytes that may be on their way in each direction of a stream. */
export const CREDIT_BYTES = 256 * 1024;
/** Number of unsent bytes of a link above which streams wait, so that heartbeats and messages do not wait behind them. */
const MAX_UNSENT_BYTES = 256 * 1024;
/** Maximum number of bytes that are copied into the buffer of the head: cheaper than a buffer of their own. */
const MAX_COPIED_BYTES = 16 * 1024;

const FINAL_BINARY = 0x82;
const IS_MASKED = 0x80;
const MASK_BYTES = 4;
const MAX_SHORT = 125;
const MAX_MEDIUM = 0xffff;

/**
 * Writes frames to the stream below a WebSocket (RFC 6455, section 5.2): `ws` would write head and data of each separately.
 * Writes of one turn of the event loop go out together.
 */
export class FrameWriter {
  readonly #stream: Duplex;
  readonly #isMember: boolean;
  readonly #batcher = new WriteBatcher();

  /** @param isMember true at the end that has called, whose frames have a masking key (of 0; see `dialLink`) */
  constructor(stream: Duplex, isMember: boolean) {
    this.#stream = stream;
    this.#isMember = isMember;
  }

  get isFull(): boolean {
    return this.#stream.writableLength >= MAX_UNSENT_BYTES;
  }

  /** Call it if the writer is full. */
  onceDrained(listener: () => void): void {
    this.#stream.once("drain", listener);
  }

  /** Lets everything that is written in this turn of the event loop go out together. */
  batch(): void {
    this.#batcher.cork(this.#stream);
  }

  write(kind: FrameKind, streamId: number, parts: readonly Uint8Array[] = [], length = 0): void {
    this.batch();
    const isCopied = length <= MAX_COPIED_BYTES;
    const { buffer, end } = this.#head(kind, streamId, length, isCopied ? length : 0);
    if (!isCopied) {
      this.#stream.write(buffer);
      for (const part of parts) this.#stream.write(part);
      return;
    }
    let position = end;
    for (const part of parts) {
      buffer.set(part, position);
      position += part.length;
    }
    this.#stream.write(buffer);
  }

  writeCredit(streamId: number, bytes: number): void {
    const part = Buffer.allocUnsafe(4);
    part.writeUInt32BE(bytes);
    this.write(frameKinds.credit, streamId, [part], part.length);
  }

  /** @returns a buffer with the head and `room` bytes after its end */
  #head(kind: FrameKind, streamId: number, length: number, room: number): { buffer: Buffer; end: number } {
    const size = HEAD_BYTES + length;
    const sizeBytes = size <= MAX_SHORT ? 0 : size <= MAX_MEDIUM ? 2 : 8;
    const start = 2 + sizeBytes + (this.#isMember ? MASK_BYTES : 0);
    const buffer = Buffer.allocUnsafe(start + HEAD_BYTES + room);
    buffer[0] = FINAL_BINARY;
    buffer[1] = (this.#isMember ? IS_MASKED : 0) | (sizeBytes === 0 ? size : sizeBytes === 2 ? 126 : 127);
    if (sizeBytes === 2) buffer.writeUInt16BE(size, 2);
    else if (sizeBytes === 8) {
      buffer.writeUIntBE(0, 2, 2);
      buffer.writeUIntBE(size, 4, 6);
    }
    if (this.#isMember) buffer.writeUInt32BE(0, start - MASK_BYTES);
    buffer[start] = kind;
    buffer.writeUInt32BE(streamId, start + 1);
    return { buffer, end: start + HEAD_BYTES };
  }
}
