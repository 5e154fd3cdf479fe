/** Maximum length of the stored output of an execution, in characters. Further output is only sent as events. */
export const MAX_KEPT_OUTPUT = 8 * 1024 * 1024;

/** Maximum length of the output stored as chunks, in characters. Most outputs are shorter and need no block. */
const MAX_WAITING = 512 * 1024;
const encoder = new TextEncoder();
/**
 * Reused for the next long output: allocating a block during a flood may make V8 start marking, which keeps all text
 * that arrives meanwhile alive.
 */
let spareBlock: Buffer<ArrayBuffer> | undefined;

/**
 * The stored output of an execution. Chunks are joined when it is read. Long output is stored outside the heap as UTF-8
 * in one block, whose pages the system commits as they are written: chunks that stay alive would make V8 grow its young
 * generation repeatedly, and it shrinks late.
 */
export class KeptOutput {
  /** Text that was read, or cannot be stored in the block. */
  #head = "";
  /** Follows `#head`. */
  #block: Buffer<ArrayBuffer> | undefined;
  #blockLength = 0;
  /** Follow `#block`. */
  #pieces: string[] = [];
  #waiting = 0;
  #length = 0;
  #isTruncated = false;

  /** Number of stored characters. */
  get length(): number {
    return this.#length;
  }

  /** True if there was more. */
  get isTruncated(): boolean {
    return this.#isTruncated;
  }

  get text(): string {
    if (this.#block !== undefined) this.#shelve();
    this.#head += this.#takeBlock() + this.#takePieces();
    this.#freeBlock();
    return this.#head;
  }

  append(text: string): void {
    const room = MAX_KEPT_OUTPUT - this.#length;
    if (text.length > room) this.#isTruncated = true;
    if (room <= 0 || text === "") return;
    const kept = text.length > room ? text.slice(0, room) : text;
    // Most outputs have a single chunk: a growing array would reserve more.
    if (this.#pieces.length === 0) this.#pieces = [kept];
    else this.#pieces.push(kept);
    this.#waiting += kept.length;
    this.#length += kept.length;
    // A single long chunk may be the result of a command, which is stored anyway.
    if (this.#waiting >= MAX_WAITING && this.#pieces.length > 1) this.#shelve();
  }

  /** Removes the last characters. Text beyond the limit was not stored, so nothing is removed for it. */
  retract(length: number): void {
    if (this.#isTruncated) return;
    const rest = Math.min(length, this.#length);
    if (rest > this.#waiting) this.#head = this.text.slice(0, this.#length - rest);
    else this.#retractPieces(rest);
    this.#length -= rest;
  }

  /** Marks the output as incomplete, for a reason of its source. */
  markTruncated(): void {
    this.#isTruncated = true;
  }

  #retractPieces(length: number): void {
    this.#waiting -= length;
    for (let rest = length; rest > 0; ) {
      const last = this.#pieces.pop() ?? "";
      if (last.length > rest) this.#pieces.push(last.slice(0, -rest));
      rest -= Math.min(rest, last.length);
    }
  }

  /** Moves the chunks to the block, unless they contain lone surrogates. */
  #shelve(): void {
    const text = this.#takePieces();
    if (text.isWellFormed() && this.#write(text)) return;
    this.#head += this.#takeBlock() + text;
  }

  /** @returns false if there is not enough room */
  #write(text: string): boolean {
    this.#block ??= takeBlock();
    const { read, written } = encoder.encodeInto(text, this.#block.subarray(this.#blockLength));
    if (read === text.length) this.#blockLength += written;
    return read === text.length;
  }

  #takeBlock(): string {
    const text = this.#block?.toString("utf8", 0, this.#blockLength) ?? "";
    this.#blockLength = 0;
    return text;
  }

  /** Keeps one spare block and frees others at once; V8 would do so later. */
  #freeBlock(): void {
    if (spareBlock === undefined) spareBlock = this.#block;
    else this.#block?.buffer.transfer(0);
    this.#block = undefined;
  }

  #takePieces(): string {
    const text = this.#pieces.length > 1 ? this.#pieces.join("") : (this.#pieces[0] ?? "");
    this.#pieces = [];
    this.#waiting = 0;
    return text;
  }
}

function takeBlock(): Buffer<ArrayBuffer> {
  const block = spareBlock ?? Buffer.allocUnsafeSlow(MAX_KEPT_OUTPUT);
  spareBlock = undefined;
  return block;
}
