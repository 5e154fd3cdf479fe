import type { Pace } from "./pace.ts";

/** So much is searched in one go, in characters; then others have their turn. */
const SLICE = 256 * 1024;
/** Slices overlap by more than any wanted text, in lower case too, where some characters are longer. */
const OVERLAP = 1024;

/** Finds a text without regard to case, in texts of any length. */
export class TextSearch {
  readonly #wanted: string;
  readonly #pace: Pace;

  /** @param wanted at most 200 characters; "" is in everything */
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
