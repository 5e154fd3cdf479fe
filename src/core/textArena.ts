/** Where a text lies in an arena, in bytes. */
export interface TextPlace {
  readonly start: number;
  readonly length: number;
}

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
    return text.length <= this.#capacity && text.isWellFormed() && Buffer.byteLength(text) <= this.#capacity;
  }

  /** @param text that it accepts @returns undefined when there is no room: release the oldest and try again */
  add(text: string): TextPlace | undefined {
    const length = Buffer.byteLength(text);
    const start = this.#roomFor(length);
    if (start === undefined) return undefined;
    this.#bytes ??= Buffer.allocUnsafeSlow(this.#capacity);
    this.#bytes.write(text, start, length, "utf8");
    this.#next = start + length;
    this.#count++;
    return { start, length };
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

  /** Texts are never split: the end of the block stays free when the next one is longer. */
  #roomFor(length: number): number | undefined {
    if (this.#count > 0 && this.#next <= this.#oldest)
      return length < this.#oldest - this.#next ? this.#next : undefined;
    if (length <= this.#capacity - this.#next) return this.#next;
    return this.#count > 0 && length < this.#oldest ? 0 : undefined;
  }
}
