/** Where a text lies in an arena, in bytes. */
export interface TextPlace {
  readonly start: number;
  readonly length: number;
}

/** The longest UTF-8 of one character of a string. */
const MAX_BYTES = 3;
const encoder = new TextEncoder();

/**
 * Keeps texts as UTF-8 in one block of memory that is used over and over, first in, first out. As strings, texts that
 * come fast and stay for a while become garbage of the old generation: the heap would grow by a multiple of what is kept
 * before V8 collects it. The block is made for the first text, and the system gives its pages as they are written.
 */
export class TextArena {
  readonly #capacity: number;
  #bytes: Buffer | undefined;
  #count = 0;
  /** Where the oldest text begins, and where the next one goes. Equal when there is none. */
  #oldest = 0;
  #next = 0;

  /** @param capacity in bytes */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether a text can be kept at all: it is not too long, and UTF-8 has a word for each of its halves of characters. */
  accepts(text: string): boolean {
    const isShort = text.length * MAX_BYTES <= this.#capacity;
    if (!isShort && (text.length > this.#capacity || Buffer.byteLength(text) > this.#capacity)) return false;
    return text.isWellFormed();
  }

  /**
   * @param text that it accepts
   * @param evictOldest releases the oldest text; called as long as there is no room
   */
  add(text: string, evictOldest: () => void): TextPlace {
    // No text has fewer bytes than characters, and most have as many: to count them takes longer than to write them.
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

  /** Only while the text has not been released. */
  read({ start, length }: TextPlace): string {
    return this.#bytes?.toString("utf8", start, start + length) ?? "";
  }

  /** @param place of the oldest text that was not released */
  release({ start, length }: TextPlace): void {
    this.#count--;
    this.#oldest = start + length;
    if (this.#count === 0) this.#oldest = this.#next = 0;
  }

  /** @returns how many bytes it has; undefined when they are more than there is room for */
  #write(text: string, { start, length }: TextPlace): number | undefined {
    this.#bytes ??= Buffer.allocUnsafeSlow(this.#capacity);
    const { read, written } = encoder.encodeInto(text, this.#bytes.subarray(start, start + length));
    return read === text.length ? written : undefined;
  }

  /** Texts are never split: the end of the block stays free when the next one is longer. */
  #roomFor(least: number): TextPlace | undefined {
    if (this.#count > 0 && this.#next <= this.#oldest) return this.#between(this.#next, this.#oldest - 1, least);
    const behind = this.#between(this.#next, this.#capacity, least);
    return behind ?? (this.#count > 0 ? this.#between(0, this.#oldest - 1, least) : undefined);
  }

  #between(start: number, end: number, least: number): TextPlace | undefined {
    return end - start >= least ? { start, length: end - start } : undefined;
  }
}
