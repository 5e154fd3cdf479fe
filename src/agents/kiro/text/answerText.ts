import { MARKER_SIGN } from "./ansi.ts";
import { LONGEST_SIGN, toolBlockStart } from "./toolHead.ts";

/**
 * The position of the colored `> `: the CLI prints it before an answer, the original clients expect it after one
 * (docs/kiro-cli.md#114-marker-at-the-end).
 */
export type MarkerPosition = "start" | "end";

/** Maximum number of characters held back. */
const MAX_HELD = 65_536;

/**
 * Extracts the answer from the clean text of a turn. Markers that are signs are removed; markers in text become `> `
 * (docs/kiro-cli.md#m3, #m4). Before the first marker, only tool blocks are part of the answer (docs/kiro-cli.md#f1,
 * #f2), not a banner on the wrong stream. Leading blank lines and trailing white space are trimmed. Text is returned as
 * soon as it is certain.
 */
export class AnswerText {
  readonly #position: MarkerPosition;
  /** Text before the first marker, held until the answer has begun. */
  #preface = "";
  /** Its end, which may contain the beginning of a tool block's sign. */
  #prefaceEnd = "";
  #hasBegun: boolean;
  /** White space, and markers at the end if they are there, after the text returned so far. */
  #held = "";
  #holdsMarker = false;
  #hasText = false;
  #isAtLineStart = true;

  constructor(position: MarkerPosition) {
    this.#position = position;
    this.#hasBegun = position === "end";
  }

  /** True if visible text was returned. */
  get hasText(): boolean {
    return this.#hasText;
  }

  /** True if markers are at the end and no visible text follows the last one, which may be the end of the answer. */
  get isMarkerLast(): boolean {
    return this.#holdsMarker;
  }

  /** @param text clean text, with markers as `MARKER_SIGN` */
  write(text: string): string {
    const [first = "", ...segments] = text.split(MARKER_SIGN);
    return segments.reduce((out, segment) => out + this.#mark() + this.#pass(segment), this.#pass(first));
  }

  /** Returns the rest of the answer at the end of the turn. Text without a marker is then part of the answer. */
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

  /** Searches each chunk once, together with the end of the previous one. */
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

  /** Returns the held text because more text follows: the marker was not the last one. */
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
