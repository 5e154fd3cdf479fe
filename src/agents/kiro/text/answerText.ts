import { MARKER_SIGN } from "./ansi.ts";
import { LONGEST_SIGN, toolBlockStart } from "./toolHead.ts";

/**
 * Where the CLI's coloured `> ` stands: real ones print it before an answer, the original clients expect it behind it
 * (docs/kiro-cli.md#114-marker-at-the-end).
 */
export type MarkerPosition = "start" | "end";

/** What is held back at most, in characters. */
const MAX_HELD = 65_536;

/**
 * Makes the answer out of the clean text of a turn. Markers are taken out where they are signs and are `> ` where they are
 * text (docs/kiro-cli.md#m3, #m4). Before the first marker only tool blocks belong to an answer (docs/kiro-cli.md#f1, #f2): a
 * banner on the wrong stream does not. Blank lines before and white space behind the answer are left out. Whatever is certain
 * comes out at once.
 */
export class AnswerText {
  readonly #position: MarkerPosition;
  /** What came before the first marker. It waits until the answer has begun. */
  #preface = "";
  /** Its end, in which the sign of a tool block may have begun. */
  #prefaceEnd = "";
  #hasBegun: boolean;
  /** White space, and markers where they are at the end, behind the text that is out. */
  #held = "";
  #holdsMarker = false;
  #hasText = false;
  #isAtLineStart = true;

  constructor(position: MarkerPosition) {
    this.#position = position;
    this.#hasBegun = position === "end";
  }

  /** Has visible text come out? */
  get hasText(): boolean {
    return this.#hasText;
  }

  /** Where markers are at the end: one has come behind the text, and nothing visible behind the marker. Perhaps the end. */
  get isMarkerLast(): boolean {
    return this.#holdsMarker;
  }

  /** @param text clean, with markers as `MARKER_SIGN` */
  write(text: string): string {
    const [first = "", ...segments] = text.split(MARKER_SIGN);
    return segments.reduce((out, segment) => out + this.#mark() + this.#pass(segment), this.#pass(first));
  }

  /** The turn is over. Text that no other text has followed is an answer after all: nothing is lost. */
  end(): string {
    this.#hasBegun = true;
    if (this.#hasText) return "";
    this.#takeHeld();
    return this.#pass(this.#preface);
  }

  #mark(): string {
    this.#hasBegun = true;
    if (!this.#hasText) return "";
    if (this.#position === "end") return this.#hold(MARKER_SIGN);
    return this.#isAtLineStart ? "" : this.#pass("> ");
  }

  #pass(text: string): string {
    if (text === "") return "";
    if (!this.#hasBegun) return this.#wait(text);
    this.#isAtLineStart = text.endsWith("\n");
    const visible = text.trimEnd();
    if (visible === "") return this.#hold(text);
    const out = this.#hasText ? this.#takeHeld() + visible : withoutBlankLines(this.#takeHeld() + visible);
    this.#hasText = true;
    this.#held = text.slice(visible.length);
    return out;
  }

  /** Each piece is searched once, with the end of the one before it: what waits is not searched again and again. */
  #wait(text: string): string {
    const preface = this.#preface + text;
    const searched = this.#prefaceEnd + text;
    const isTooLong = preface.length > MAX_HELD;
    if (!isTooLong && toolBlockStart(searched) < 0) {
      this.#preface = preface;
      this.#prefaceEnd = searched.slice(-LONGEST_SIGN);
      return "";
    }
    this.#preface = "";
    this.#hasBegun = true;
    return this.#pass(isTooLong ? preface : preface.slice(toolBlockStart(preface)));
  }

  #hold(space: string): string {
    this.#held += space;
    this.#holdsMarker ||= space === MARKER_SIGN;
    if (this.#held.length < MAX_HELD) return "";
    const out = this.#takeHeld();
    return this.#hasText ? out : "";
  }

  /** More text comes: what looked like a final marker was text. */
  #takeHeld(): string {
    const held = this.#held.replaceAll(MARKER_SIGN, "> ");
    this.#held = "";
    this.#holdsMarker = false;
    return held;
  }
}

function withoutBlankLines(text: string): string {
  const start = text.length - text.trimStart().length;
  return text.slice(text.lastIndexOf("\n", start) + 1);
}
