import { Duplex } from "node:stream";
import { CREDIT_BYTES, frameKinds, type FrameWriter, MAX_DATA_BYTES } from "./frames.ts";

/** Number of consumed bytes after which the other end gets credit for more. */
const GRANT_BYTES = CREDIT_BYTES / 4;

type Callback = (error?: Error | null) => void;

/** The part of the table of streams that a stream uses. */
export interface StreamTableFace {
  readonly writer: FrameWriter;
  /** Lets the stream send, in turn with others. */
  ready(stream: LinkStream): void;
  /** Removes a stream, of which no further frames are expected. @returns false if it was removed already */
  forget(stream: LinkStream): boolean;
}

/** Returns the error of a connection that has failed, as Node reports it for sockets. */
export function connectionReset(why: string): Error {
  return Object.assign(new Error(why), { code: "ECONNRESET" });
}

/**
 * One end of a virtual connection over a link. It serves as a connection of `node:http`, as client and as server, and so has
 * the methods of `net.Socket` that those call. Applies backpressure in both directions by credit.
 */
export class LinkStream extends Duplex {
  readonly id: number;
  /** As `net.Socket` has them. */
  bytesRead = 0;
  bytesWritten = 0;
  timeout: number | undefined;
  readonly #table: StreamTableFace;
  #timer: NodeJS.Timeout | undefined;
  /** The number of bytes that may be sent. */
  #credit = CREDIT_BYTES;
  #unsent: Uint8Array[] = [];
  #onSent: Callback | undefined;
  /** The number of bytes that the other end may send. */
  #allowance = CREDIT_BYTES;
  #consumed = 0;
  /** Data for which the reader is not ready. */
  #unread: Buffer[] = [];
  #isReading = false;
  #hasSentEnd = false;
  #hasReceivedEnd = false;
  #isStopped = false;

  /** @param isOpener false at the end that accepts it: like the sockets of a server, that one may send after the end of its input */
  constructor(id: number, table: StreamTableFace, isOpener: boolean) {
    super({ allowHalfOpen: !isOpener });
    this.id = id;
    this.#table = table;
    // It may fail before its user listens, or after.
    this.on("error", () => undefined);
  }

  /** The number of bytes that the other end may have sent before it learns that this end has been destroyed. */
  get allowance(): number {
    return this.#hasReceivedEnd ? 0 : this.#allowance;
  }

  /** Sends at most one data frame. @returns true if there is more to send, and credit for it */
  sendSome(): boolean {
    const parts: Uint8Array[] = [];
    let room = Math.min(this.#credit, MAX_DATA_BYTES);
    let length = 0;
    for (let first = this.#unsent[0]; first !== undefined && room > 0; first = this.#unsent[0]) {
      const part = first.length <= room ? first : first.subarray(0, room);
      if (part === first) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(room);
      parts.push(part);
      room -= part.length;
      length += part.length;
    }
    if (length > 0) {
      this.#credit -= length;
      this.bytesWritten += length;
      this.#timer?.refresh();
      this.#table.writer.write(frameKinds.data, this.id, parts, length);
    }
    if (this.#unsent.length === 0) this.#sent();
    return this.#unsent.length > 0 && this.#credit > 0;
  }

  /** @returns false if the other end has sent more than it may, or nothing */
  receive(data: Buffer): boolean {
    if (this.#hasReceivedEnd || data.length === 0 || data.length > this.#allowance) return false;
    this.#allowance -= data.length;
    this.bytesRead += data.length;
    this.#timer?.refresh();
    if (this.#isReading) this.#pass(data);
    else this.#unread.push(data);
    return true;
  }

  /** @returns false if the other end allows more than is needed */
  receiveCredit(bytes: number): boolean {
    this.#credit += bytes;
    if (bytes === 0 || this.#credit > CREDIT_BYTES) return false;
    if (this.#unsent.length > 0) this.#table.ready(this);
    return true;
  }

  /** @returns false if it has ended before */
  receiveEnd(): boolean {
    if (this.#hasReceivedEnd) return false;
    this.#hasReceivedEnd = true;
    if (this.#unread.length === 0) this.push(null);
    this.#forgetIfOver();
    return true;
  }

  /** Discards what is still to be sent. @returns false unless the other end has sent its end before */
  receiveStop(): boolean {
    if (!this.#hasReceivedEnd) return false;
    this.#isStopped = true;
    this.#table.forget(this);
    this.#unsent = [];
    this.#sent();
    return true;
  }

  setTimeout(timeoutMs: number, callback?: () => void): this {
    clearTimeout(this.#timer);
    this.timeout = timeoutMs;
    this.#timer = timeoutMs === 0 ? undefined : setTimeout(() => this.emit("timeout"), timeoutMs).unref();
    if (callback !== undefined && timeoutMs === 0) this.off("timeout", callback);
    else if (callback !== undefined) this.once("timeout", callback);
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.#isReading = true;
    for (let data = this.#unread.shift(); data !== undefined; data = this.#isReading ? this.#unread.shift() : undefined)
      this.#pass(data);
    if (this.#hasReceivedEnd && this.#unread.length === 0) this.push(null);
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, callback: Callback): void {
    this.#send([chunk], callback);
  }

  override _writev(chunks: readonly { readonly chunk: Uint8Array }[], callback: Callback): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    if (!this.#isStopped && !this.destroyed) {
      this.#hasSentEnd = true;
      this.#table.writer.write(frameKinds.end, this.id);
      this.#forgetIfOver();
    }
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    clearTimeout(this.#timer);
    if (this.#table.forget(this))
      this.#table.writer.write(this.#hasSentEnd && error === null ? frameKinds.stop : frameKinds.reset, this.id);
    this.#unsent = [];
    this.#unread = [];
    this.#sent(error ?? connectionReset("The connection was closed."));
    callback(error);
  }

  #send(chunks: Uint8Array[], callback: Callback): void {
    if (this.#isStopped) {
      callback();
      return;
    }
    this.#unsent = chunks;
    this.#onSent = callback;
    this.#table.ready(this);
  }

  #sent(error?: Error): void {
    const callback = this.#onSent;
    this.#onSent = undefined;
    callback?.(error);
  }

  /** Passes data on to the reader, and lets the other end send as much again. */
  #pass(data: Buffer): void {
    this.#isReading = this.push(data);
    this.#consumed += data.length;
    if (this.#consumed < GRANT_BYTES || this.#hasReceivedEnd || this.destroyed) return;
    this.#allowance += this.#consumed;
    this.#table.writer.writeCredit(this.id, this.#consumed);
    this.#consumed = 0;
  }

  #forgetIfOver(): void {
    if (this.#hasSentEnd && this.#hasReceivedEnd) this.#table.forget(this);
  }
}
