import { type CharClass, endOfRun, isWord } from "./charClasses.ts";

/** A part of a text; `end` is exclusive. */
export type Span = readonly [start: number, end: number];

/** Maximum length of an escape sequence in front of a secret. */
const LONGEST_ESCAPE = 12;
/** Ends with an escape sequence whose last character is a letter or a digit: of JSON, of a URL, or of a terminal. */
const ESCAPE = /(?:\\[nrtbf]|\\u00[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|\[[\d;]{0,9}[A-Za-z])$/;

/**
 * One pass over a text. Remembers the runs that were measured, so that each character is visited once for each class,
 * however many triggers a run contains.
 */
export class TextScan {
  readonly text: string;
  readonly #runs = new Map<CharClass, { readonly from: number; readonly end: number }>();
  readonly #next = new Map<RegExp, { readonly from: number; readonly found: Span }>();
  readonly #places = new Map<string, { from: number; at: number }>();

  constructor(text: string) {
    this.text = text;
  }

  get length(): number {
    return this.text.length;
  }

  endOfRun(from: number, isPart: CharClass): number {
    const known = this.#runs.get(isPart);
    if (known !== undefined && from >= known.from && from <= known.end) return known.end;
    const end = endOfRun(this.text, from, isPart);
    this.#runs.set(isPart, { from, end });
    return end;
  }

  /**
   * Returns the next match of a global pattern, or an empty span at the end of the text. One search for all positions
   * in front of the match.
   */
  next(pattern: RegExp, from: number): Span {
    const known = this.#next.get(pattern);
    if (known !== undefined && from >= known.from && from <= known.found[0]) return known.found;
    pattern.lastIndex = from;
    const match = pattern.exec(this.text);
    const found: Span = match === null ? [this.length, this.length] : [match.index, match.index + match[0].length];
    this.#next.set(pattern, { from, found });
    return found;
  }

  /** Returns the next position of a character, or the end of the text. One search for all positions in front of it. */
  indexOf(character: string, from: number): number {
    const known = this.#places.get(character);
    if (known !== undefined && from >= known.from && from <= known.at) return known.at;
    const index = this.text.indexOf(character, from);
    const at = index < 0 ? this.length : index;
    if (known === undefined) this.#places.set(character, { from, at });
    else {
      known.from = from;
      known.at = at;
    }
    return at;
  }

  /** Returns true if a word may begin here: not within a word, but directly after an escape sequence. */
  isBoundary(at: number): boolean {
    if (at === 0 || !isWord(this.text.charCodeAt(at - 1))) return true;
    return ESCAPE.test(this.text.slice(Math.max(0, at - LONGEST_ESCAPE), at));
  }
}
