import { jsonHead } from "./jsonHead.ts";

/** Overhead of a list item in characters. */
const ITEM = 4;

/** Masks secrets. Returns the same text or value if there are none. */
export interface TextMask {
  /** Masks the beginning of a text, which is truncated afterwards. */
  head(text: string, length: number): string;
  value(value: unknown): unknown;
}

const noMask: TextMask = { head: (text) => text, value: (value) => value };

/** Masks texts and truncates them to a budget of characters, and records whether anything was omitted. */
export class TextRoom {
  readonly #mask: TextMask;
  #left: number;
  #isCut = false;
  #isMasked = false;

  constructor(length: number, mask: TextMask = noMask) {
    this.#left = length;
    this.#mask = mask;
  }

  get left(): number {
    return this.#left;
  }

  /** True if anything was omitted. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** True if anything was masked. */
  get isMasked(): boolean {
    return this.#isMasked;
  }

  /** Returns the beginning of a text that fits. */
  text(text: string, most = this.#left): string {
    const room = Math.max(0, Math.min(most, this.#left));
    const masked = this.#mask.head(text, room);
    if (masked !== text && !text.startsWith(masked)) this.#isMasked = true;
    if (text.length > room) this.#isCut = true;
    return this.take(masked, room);
  }

  /** Returns the beginning of a masked text that fits. */
  take(masked: string, most = this.#left): string {
    const room = Math.max(0, Math.min(most, this.#left));
    if (masked.length > room) this.#isCut = true;
    const kept = beginningOf(masked, room);
    this.#left -= kept.length;
    return kept;
  }

  /** Returns the first texts that fit, the last one truncated. */
  texts(texts: readonly string[], most = this.#left): string[] {
    return this.#items(texts, most, (text, room) => this.text(text, room));
  }

  /** Returns the first values that fit. Values are not truncated. */
  values(values: readonly unknown[], most = this.#left): unknown[] {
    return this.#items(values, most, (value, room) => this.value(value, room));
  }

  /** Returns the masked value, or undefined if it does not fit. */
  value(value: unknown, most = this.#left): unknown {
    const { text, isWhole } = jsonHead(value, Math.max(0, Math.min(most, this.#left)));
    if (!isWhole) this.#isCut = true;
    this.#left -= text.length;
    if (!isWhole) return undefined;
    const masked = this.#mask.value(value);
    if (masked !== value) this.#isMasked = true;
    return masked;
  }

  #items<T, U>(items: readonly T[], most: number, take: (item: T, room: number) => U | undefined): U[] {
    const end = this.#left - Math.min(most, this.#left);
    const taken: U[] = [];
    for (const item of items) {
      if (this.#left - ITEM < end) {
        this.#isCut = true;
        break;
      }
      this.#left -= ITEM;
      const kept = take(item, this.#left - end);
      if (kept === undefined) break;
      taken.push(kept);
    }
    return taken;
  }
}

/** Truncates a text without splitting a surrogate pair. */
export function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
