/** How much text an execution keeps, in characters. More is passed on as events and not kept. */
export const MAX_KEPT_OUTPUT = 8 * 1024 * 1024;

/** So much waits as pieces, in characters: most outputs are shorter, and never need a block. */
const MAX_WAITING = 512 * 1024;
const encoder = new TextEncoder();
/** For the next long text: to allocate a block while text floods in can make V8 mark then, and all that comes meanwhile survives. */
let spareBlock: Buffer<ArrayBuffer> | undefined;

/**
 * The text that an execution has said, as far as it is kept. Pieces are joined when somebody reads them. A long text
 * lies outside the heap until then, as UTF-8 in one block, whose pages the system gives as they are written: pieces that
 * stay while others come and go make V8 enlarge its young generation, again and again, and it does not shrink soon.
 */
export class KeptOutput {
  /** What was read, or is not in the block for another reason. */
  #head = "";
  /** Follows the head. */
  #block: Buffer<ArrayBuffer> | undefined;
  #blockLength = 0;
  /** Follow the block. */
  #pieces: string[] = [];
  #waiting = 0;
  #length = 0;
  #isTruncated = false;

  /** Characters that are held. */
  get length(): number {
    return this.#length;
  }

  /** Whether there was more. */
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
    // Most say one thing: a list that grows takes room for more.
    if (this.#pieces.length === 0) this.#pieces = [kept];
    else this.#pieces.push(kept);
    this.#waiting += kept.length;
    this.#length += kept.length;
    // One long piece alone may be the result of a command, which is held anyway.
    if (this.#waiting >= MAX_WAITING && this.#pieces.length > 1) this.#shelve();
  }

  /** Takes back the last characters. What was cut at the limit is not counted twice: then nothing is taken back. */
  retract(length: number): void {
    if (this.#isTruncated) return;
    const rest = Math.min(length, this.#length);
    if (rest > this.#waiting) this.#head = this.text.slice(0, this.#length - rest);
    else this.#retractPieces(rest);
    this.#length -= rest;
  }

  /** What it holds is not the whole, for a reason of its source. */
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

  /** Puts the pieces into the block, unless UTF-8 has no word for halves of characters in them. */
  #shelve(): void {
    const text = this.#takePieces();
    if (text.isWellFormed() && this.#write(text)) return;
    this.#head += this.#takeBlock() + text;
  }

  /** @returns false when there is too little room */
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

  /** Keeps one spare, and frees the others at once: V8 would do it some time later. */
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
