import { jsonHead } from "./jsonHead.ts";

/** Overhead of a list item in characters. */
const ITEM = 4;

/** Truncates texts to a budget of characters, and records whether anything was omitted. */
export class TextRoom {
  #left: number;
  #isCut = false;

  constructor(length: number) {
    this.#left = length;
  }

  get left(): number {
    return this.#left;
  }

  /** True if anything was omitted. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Returns the beginning of a text that fits. */
  text(text: string, most = this.#left): string {
    const room = Math.max(0, Math.min(most, this.#left));
    if (text.length > room) this.#isCut = true;
    const kept = beginningOf(text, room);
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

  /** Returns the value, or undefined if it does not fit. */
  value(value: unknown, most = this.#left): unknown {
    const { text, isWhole } = jsonHead(value, Math.max(0, Math.min(most, this.#left)));
    if (!isWhole) this.#isCut = true;
    this.#left -= text.length;
    return isWhole ? value : undefined;
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
