import type { Pace } from "../base/pace.ts";

/** Number of characters to search before yielding to the event loop. */
const SLICE = 256 * 1024;
/** Overlap of slices: longer than any search text, also in lower case, where some characters are longer. */
const OVERLAP = 1024;

/** Searches texts of any length, ignoring case. */
export class TextSearch {
  readonly #wanted: string;
  readonly #pace: Pace;

  /** @param wanted at most 200 characters; "" matches every text */
  constructor(wanted: string, pace: Pace) {
    this.#wanted = wanted.toLowerCase();
    this.#pace = pace;
  }

  get isForAll(): boolean {
    return this.#wanted === "";
  }

  async isInAny(texts: Iterable<string>): Promise<boolean> {
    for (const text of texts) {
      for (let at = 0; at === 0 || at < text.length; at += SLICE) {
        if (
          text
            .slice(at, at + SLICE + OVERLAP)
            .toLowerCase()
            .includes(this.#wanted)
        )
          return true;
        await this.#pace.pause();
      }
    }
    return false;
  }
}
