import { jsonHead } from "./jsonHead.ts";

/** What an item of a list costs beside its text, in characters. */
const ITEM = 4;

/** Room for texts, in characters: whatever does not fit is cut, and that it was is remembered. */
export class TextRoom {
  #left: number;
  #isCut = false;

  constructor(length: number) {
    this.#left = length;
  }

  get left(): number {
    return this.#left;
  }

  /** Whether something had to be left out. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** The beginning of a text, as far as there is room. */
  text(text: string, most = this.#left): string {
    const room = Math.max(0, Math.min(most, this.#left));
    if (text.length > room) this.#isCut = true;
    const kept = beginningOf(text, room);
    this.#left -= kept.length;
    return kept;
  }

  /** The first texts, the last of them cut. */
  texts(texts: readonly string[], most = this.#left): string[] {
    return this.#items(texts, most, (text, room) => this.text(text, room));
  }

  /** The first values: half a value would be another one. */
  values(values: readonly unknown[], most = this.#left): unknown[] {
    return this.#items(values, most, (value, room) => this.value(value, room));
  }

  /** The value, or undefined when it does not fit. */
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

/** At most so many characters; half a character of two parts is left out. */
export function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
