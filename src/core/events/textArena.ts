/** The location of a text in an arena, in bytes. */
export interface TextPlace {
  readonly start: number;
  readonly length: number;
}

/** Maximum number of UTF-8 bytes per UTF-16 code unit. */
const MAX_BYTES = 3;
const encoder = new TextEncoder();

/**
 * Stores texts as UTF-8 in one reused block of memory, in FIFO order. As strings, texts that arrive fast and stay for a
 * while would end up in the old generation, and the heap would grow to a multiple of their size before V8 collects
 * them. The block is allocated with the first text, and the system commits its pages as they are written.
 */
export class TextArena {
  readonly #capacity: number;
  #bytes: Buffer | undefined;
  #count = 0;
  /** Offset of the oldest text, and of the next one; equal if the arena is empty. */
  #oldest = 0;
  #next = 0;

  /** @param capacity in bytes */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Returns true for a text that can be stored: it is not too long and has no lone surrogates. */
  accepts(text: string): boolean {
    const isShort = text.length * MAX_BYTES <= this.#capacity;
    if (!isShort && (text.length > this.#capacity || Buffer.byteLength(text) > this.#capacity)) return false;
    return text.isWellFormed();
  }

  /**
   * @param text a text that `accepts` allows
   * @param evictOldest releases the oldest text; called until there is room
   */
  add(text: string, evictOldest: () => void): TextPlace {
    // The number of bytes is at least the number of characters, and mostly equal; counting takes longer than writing.
    let least = text.length;
    for (;;) {
      const room = this.#roomFor(least);
      if (room === undefined) {
        evictOldest();
        continue;
      }
      const length = this.#write(text, room);
      if (length === undefined) least = Buffer.byteLength(text);
      else {
        this.#next = room.start + length;
        this.#count++;
        return { start: room.start, length };
      }
    }
  }

  /** Reads a text that was not released. */
  read({ start, length }: TextPlace): string {
    return this.#bytes?.toString("utf8", start, start + length) ?? "";
  }

  /** @param place the location of the oldest text */
  release({ start, length }: TextPlace): void {
    this.#count--;
    this.#oldest = start + length;
    if (this.#count === 0) this.#oldest = this.#next = 0;
  }

  /** @returns the number of bytes, or undefined if the text does not fit */
  #write(text: string, { start, length }: TextPlace): number | undefined {
    this.#bytes ??= Buffer.allocUnsafeSlow(this.#capacity);
    const { read, written } = encoder.encodeInto(text, this.#bytes.subarray(start, start + length));
    return read === text.length ? written : undefined;
  }

  /** Finds room for a text, which is never split: the end of the block stays unused if the text does not fit there. */
  #roomFor(least: number): TextPlace | undefined {
    if (this.#count > 0 && this.#next <= this.#oldest) return this.#between(this.#next, this.#oldest - 1, least);
    const behind = this.#between(this.#next, this.#capacity, least);
    return behind ?? (this.#count > 0 ? this.#between(0, this.#oldest - 1, least) : undefined);
  }

  #between(start: number, end: number, least: number): TextPlace | undefined {
    return end - start >= least ? { start, length: end - start } : undefined;
  }
}
