import { StringDecoder } from "node:string_decoder";
import stripAnsi from "strip-ansi";
import { LineOverwrites } from "./overwrites.ts";

/** Replaces an answer marker if `keepsMarkers` is set. Clean text contains no NUL. */
export const MARKER_SIGN = "\u0000";

/** Maximum number of characters held back for a control string: a clipboard copy (OSC 52) can be long. */
const MAX_HELD = 65_536;
/** Maximum length of other escape sequences, which are rescanned with each chunk. */
const MAX_HELD_SEQUENCE = 1024;

const ESC = "\u001b";
/**
 * The marker of Kiro, of Q, and without color (docs/kiro-cli.md#m10), at the START of an answer (docs/kiro-cli.md#f1).
 */
// oxlint-disable-next-line no-control-regex -- control characters are what this file is about
const MARKER = /\u001b\[(?:38;5;\d{1,3}|0)?m> \u001b\[(?:0|39)m/u;
/** Part of every marker and otherwise rare, which makes it a fast filter. */
const MARKER_CORE = "> \u001b[";
/** An incomplete marker, from its first ESC to the end of the text (docs/kiro-cli.md#m5). */
// oxlint-disable-next-line no-control-regex
const MARKER_START = /\u001b\[(?:38;5;\d{1,3}|0)?m(?:>(?: (?:\u001b(?:\[(?:0|3|39)?)?)?)?)?$/uy;
/** An incomplete escape sequence: every proper prefix of what strip-ansi removes (docs/kiro-cli.md#m7). */
const ESCAPE_START =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?:$|\[[0-?]*[ -/]*$|[ -/]+$|\][^\u0007\u0018\u001a\u001b]*\u001b?$|[PX^_k][^\u0018\u001a\u001b]*\u001b?$)/uy;
// oxlint-disable-next-line no-control-regex
const OPEN_STRING = /^\u001b[\]PX^_k]/u;
// oxlint-disable-next-line no-control-regex
const STRING_END = /[\u0007\u0018\u001a\u001b]/u;
/** Written as the complement of the kept characters, which V8 matches three times faster; so is the next. */
// oxlint-disable-next-line no-control-regex
const C1 = /[^\u0000-\u007f\u00a0-\u{10ffff}]/gu;
const CONTROLS = /[^\t\n\r -~\u0080-\u{10ffff}]/gu;
const PASSED_CONTROLS = "\t\n\r";
/** All bytes to remove except C1: ESC, the most frequent, first, then other controls. */
const SIGNS: readonly number[] = [0x1b, 0x7f, ...Array.from({ length: 0x20 }, (_, code) => code)].filter(
  (code) => !PASSED_CONTROLS.includes(String.fromCharCode(code)),
);

export interface StripperOptions {
  /** Replaces answer markers by `MARKER_SIGN`; otherwise their `> ` stays. */
  readonly keepsMarkers?: boolean;
}

/**
 * Converts the bytes of one stream to clean text: no escape sequences, no control characters except `\n` and `\t`, `\n`
 * for `\r\n`, and overwritten lines (`\r`) removed. The result does not depend on chunk boundaries (docs/kiro-cli.md#m5
 * to #m9), unless `release` is called or an escape sequence exceeds the limits above. Linear time, bounded memory. Use
 * one instance per stream.
 */
export class AnsiStripper {
  readonly #decoder = new StringDecoder("utf8");
  readonly #lines = new LineOverwrites();
  readonly #keepsMarkers: boolean;
  #held = "";
  /** True if the held text is a control string, which only a few characters can end. */
  #isInString = false;

  constructor(options: StripperOptions = {}) {
    this.#keepsMarkers = options.keepsMarkers ?? false;
  }

  /** Returns the text that is certain. An incomplete character, escape sequence, marker or short line is held back. */
  write(bytes: Buffer): string {
    const text = this.#decoder.write(bytes);
    const hasC1 = mayHaveC1(bytes, text) && text.search(C1) >= 0;
    if (!hasC1 && this.#held === "" && isPlain(bytes)) return this.#lines.write(text);
    return this.#lines.write(this.#strip(hasC1 ? text.replace(C1, sevenBit) : text));
  }

  /** Returns the held line without waiting for its end. A later `\r` starts a new line. */
  release(): string {
    return this.#lines.release();
  }

  /** Returns all text held back, at the end of the stream. */
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

  /** Returns the held text if it is too long for an escape sequence, and so is plain text. */
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

/**
 * Returns the index of an incomplete escape sequence or marker at the end of the text, or its length. None has more
 * than two ESC.
 */
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

/**
 * Returns true if there is nothing to remove except C1. Thirty searches for single bytes take a seventh of the time of
 * one pattern.
 */
function isPlain(bytes: Buffer): boolean {
  return !SIGNS.some((sign) => bytes.includes(sign));
}

/**
 * Returns true if the text may contain C1 characters. In UTF-8 they begin with C2, which may be in the previous chunk.
 * Faster than matching characters.
 */
function mayHaveC1(bytes: Buffer, text: string): boolean {
  return bytes.includes(0xc2) || (text.charCodeAt(0) >= 0x80 && text.charCodeAt(0) <= 0x9f);
}

/** Converts an 8-bit control to ESC and a letter, because strip-ansi only matches ESC. */
function sevenBit(control: string): string {
  return ESC + String.fromCharCode(control.charCodeAt(0) - 0x40);
}

/** Cleans a complete text. */
export function cleanText(text: string): string {
  const stripper = new AnsiStripper();
  return stripper.write(Buffer.from(text, "utf8")) + stripper.flush();
}
