import type { Redactor } from "../../core/privacy/redactor.ts";

/** Weight of a value in addition to its text, in characters. */
const VALUE = 8;

/** Removes what is too long in a JSON value, and masks the rest. */
export class BoundedMask {
  readonly #redactor: Redactor;
  #room: number;
  /** True if something was removed. */
  isCut = false;

  /** @param room length of the text of all values, in characters */
  constructor(redactor: Redactor, room: number) {
    this.#redactor = redactor;
    this.#room = room;
  }

  /** Returns a value without secrets, or the same one. */
  mask(value: unknown): unknown {
    return this.#redactor.value(this.cut(value));
  }

  /** Returns a value without what is too long. */
  cut(value: unknown): unknown {
    if (typeof value === "string") return this.#cutText(value);
    this.#room -= VALUE;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return this.#cutList(value);
    const fields: [string, unknown][] = [];
    for (const [name, field] of Object.entries(value)) {
      if (this.#isFull()) break;
      fields.push([name, this.cut(field)]);
    }
    return Object.fromEntries(fields);
  }

  #cutList(list: readonly unknown[]): unknown {
    const items: unknown[] = [];
    for (const item of list) {
      if (this.#isFull()) break;
      items.push(this.cut(item));
    }
    return items;
  }

  /** A secret is recognized by its beginning, so it is masked before the text is cut. */
  #cutText(text: string): string {
    const room = Math.max(0, this.#room);
    this.#room -= text.length + VALUE;
    if (text.length <= room) return text;
    this.isCut = true;
    return this.#redactor.head(text, room).slice(0, room);
  }

  #isFull(): boolean {
    const isFull = this.#room <= 0;
    this.isCut ||= isFull;
    return isFull;
  }
}
