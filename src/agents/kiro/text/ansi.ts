import { StringDecoder } from "node:string_decoder";
import stripAnsi from "strip-ansi";
import { LineOverwrites } from "./overwrites.ts";

/** Stands for an answer marker in the text of a stripper that keeps markers. No clean text has a NUL. */
export const MARKER_SIGN = "\u0000";

/** The longest control string we wait for, in characters: a clipboard copy (OSC 52) can be long. */
const MAX_HELD = 65_536;
/** The longest of all other escape sequences. It is looked at again with every piece, so it is kept short. */
const MAX_HELD_SEQUENCE = 1024;

const ESC = "\u001b";
/** Kiro's, Q's and the colourless marker (docs/kiro-cli.md#m10); it stands at the START of an answer (docs/kiro-cli.md#f1). */
// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const MARKER = /\u001b\[(?:38;5;\d{1,3}|0)?m> \u001b\[(?:0|39)m/u;
/** In every marker, and rarely elsewhere: quicker to look for. */
const MARKER_CORE = "> \u001b[";
/** What may still become a marker, from its first ESC to the end of the text (docs/kiro-cli.md#m5). */
// oxlint-disable-next-line no-control-regex
const MARKER_START = /\u001b\[(?:38;5;\d{1,3}|0)?m(?:>(?: (?:\u001b(?:\[(?:0|3|39)?)?)?)?)?$/uy;
/** What may still become an escape sequence: every true beginning of what strip-ansi removes (docs/kiro-cli.md#m7). */
const ESCAPE_START =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?:$|\[[0-?]*[ -/]*$|[ -/]+$|\][^\u0007\u0018\u001a\u001b]*\u001b?$|[PX^_k][^\u0018\u001a\u001b]*\u001b?$)/uy;
// oxlint-disable-next-line no-control-regex
const OPEN_STRING = /^\u001b[\]PX^_k]/u;
// oxlint-disable-next-line no-control-regex
const STRING_END = /[\u0007\u0018\u001a\u001b]/u;
/** This and the next say what they leave: V8 finds it in a third of the time. */
// oxlint-disable-next-line no-control-regex
const C1 = /[^\u0000-\u007f\u00a0-\u{10ffff}]/gu;
const CONTROLS = /[^\t\n\r -~\u0080-\u{10ffff}]/gu;
const PASSED_CONTROLS = "\t\n\r";
/** Bytes of all that is taken out but C1: ESC, the most usual first, and the other controls. */
const SIGNS: readonly number[] = [0x1b, 0x7f, ...Array.from({ length: 0x20 }, (_, code) => code)].filter(
  (code) => !PASSED_CONTROLS.includes(String.fromCharCode(code)),
);

export interface StripperOptions {
  /** Answer markers become `MARKER_SIGN`; otherwise they leave their `> `. */
  readonly keepsMarkers?: boolean;
}

/**
 * Bytes of one stream in, clean text out: no escape sequences, no control characters but `\n` and `\t`, `\r\n` as `\n`,
 * overwritten lines (`\r`) overwritten. However the bytes are cut, the text is the same (docs/kiro-cli.md#m5 to #m9), as long as
 * nobody calls `release` and no escape is longer than the limits above. Linear cost, bounded memory. One stripper for each
 * stream.
 */
export class AnsiStripper {
  readonly #decoder = new StringDecoder("utf8");
  readonly #lines = new LineOverwrites();
  readonly #keepsMarkers: boolean;
  #held = "";
  /** What is held is a control string, which only a few characters can end. */
  #isInString = false;

  constructor(options: StripperOptions = {}) {
    this.#keepsMarkers = options.keepsMarkers ?? false;
  }

  /** Gives what is certain by now; an unfinished character, escape, marker or short line is held back. */
  write(bytes: Buffer): string {
    const text = this.#decoder.write(bytes);
    const hasC1 = mayHaveC1(bytes, text) && text.search(C1) >= 0;
    if (!hasC1 && this.#held === "" && isPlain(bytes)) return this.#lines.write(text);
    return this.#lines.write(this.#strip(hasC1 ? text.replace(C1, sevenBit) : text));
  }

  /** Gives the held line as it stands, for a reader who shall not wait for its end. A later `\r` begins a new line. */
  release(): string {
    return this.#lines.release();
  }

  /** Gives everything that was held back. The stream has ended. */
  flush(): string {
    const rest = this.#strip(this.#decoder.end()) + this.#takeHeld();
    return this.#lines.write(rest) + this.#lines.release();
  }

  #strip(decoded: string): string {
    const text = decoded.replaceAll(MARKER_SIGN, "");
    if (this.#isInString && !STRING_END.test(text)) {
      this.#held += text;
      return this.#heldIfTooLong();
    }
    const all = this.#held + text;
    const pieces = this.#keepsMarkers && all.includes(MARKER_CORE) ? all.split(MARKER) : [all];
    const last = pieces.pop() ?? "";
    const start = unfinishedFrom(last, this.#keepsMarkers);
    this.#held = last.slice(start);
    this.#isInString = OPEN_STRING.test(this.#held) && !this.#held.endsWith(ESC);
    const clean = [...pieces, last.slice(0, start)].map(withoutEscapes).join(MARKER_SIGN);
    return clean + this.#heldIfTooLong();
  }

  /** So long an escape is none: its text is text. */
  #heldIfTooLong(): string {
    return this.#held.length < (this.#isInString ? MAX_HELD : MAX_HELD_SEQUENCE) ? "" : this.#takeHeld();
  }

  #takeHeld(): string {
    const text = withoutEscapes(this.#held);
    this.#held = "";
    this.#isInString = false;
    return text;
  }
}

function withoutEscapes(text: string): string {
  return stripAnsi(text).replace(CONTROLS, "");
}

/** Where an unfinished escape or marker begins at the end of the text, or its length. None has more than two ESC. */
function unfinishedFrom(text: string, keepsMarkers: boolean): number {
  let start = text.length;
  let from = text.lastIndexOf(ESC);
  for (let looks = 0; from >= 0 && looks < 2; looks++) {
    if (matchesAt(ESCAPE_START, text, from) || (keepsMarkers && matchesAt(MARKER_START, text, from))) start = from;
    from = from === 0 ? -1 : text.lastIndexOf(ESC, from - 1);
  }
  return start;
}

function matchesAt(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}

/** Whether there is nothing to take out but C1. Thirty searches for one byte take a seventh of the time of one for any of them. */
function isPlain(bytes: Buffer): boolean {
  return !SIGNS.some((sign) => bytes.includes(sign));
}

/** In UTF-8 each begins with C2; the first character may have begun in the bytes before. Quicker than a look at each character. */
function mayHaveC1(bytes: Buffer, text: string): boolean {
  return bytes.includes(0xc2) || (text.charCodeAt(0) >= 0x80 && text.charCodeAt(0) <= 0x9f);
}

/** An eight-bit control is the same as ESC and a letter; strip-ansi looks for ESC only. */
function sevenBit(control: string): string {
  return ESC + String.fromCharCode(control.charCodeAt(0) - 0x40);
}

/** For a text that is at hand as a whole. */
export function cleanText(text: string): string {
  const stripper = new AnsiStripper();
  return stripper.write(Buffer.from(text, "utf8")) + stripper.flush();
}
