/** Text in one style. Colors 0–15 are those of the theme, others are `rgb()`. */
export interface AnsiSpan {
  readonly text: string;
  readonly foreground?: number | string;
  readonly background?: number | string;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
  readonly isItalic?: boolean;
  readonly isUnderlined?: boolean;
}

type Style = Omit<AnsiSpan, "text">;

/**
 * Matches color sequences (SGR) with their parameters, and any other escape sequence, complete or truncated, which is
 * removed.
 */
const ESCAPES =
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  /\x1b\[([\d;:]*)m|\x1b\[[\d;?<=>!]*[ -/]*[@-~]?|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g;

/** Splits text by its colors. Never creates markup: text that looks like a tag remains text. */
export function ansiSpans(text: string): AnsiSpan[] {
  const spans: AnsiSpan[] = [];
  let style: Style = {};
  let start = 0;
  for (const match of text.matchAll(ESCAPES)) {
    if (match.index > start) spans.push({ ...style, text: text.slice(start, match.index) });
    start = match.index + match[0].length;
    if (match[1] !== undefined) style = restyled(style, match[1].split(/[;:]/).map(Number));
  }
  if (start < text.length) spans.push({ ...style, text: text.slice(start) });
  return spans;
}

function restyled(style: Style, codes: readonly number[]): Style {
  let next = style;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, used } = extended(codes.slice(at + 1));
      at += used;
      if (colour !== undefined) next = { ...next, [code === 38 ? "foreground" : "background"]: colour };
    } else next = plain(next, code);
  }
  return next;
}

function plain(style: Style, code: number): Style {
  const { foreground: _foreground, background: _background, ...rest } = style;
  if (code === 0) return {};
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 3) return { ...style, isItalic: true };
  if (code === 4) return { ...style, isUnderlined: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 23) return { ...style, isItalic: false };
  if (code === 24) return { ...style, isUnderlined: false };
  if (code >= 30 && code <= 37) return { ...style, foreground: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, foreground: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  if (code === 39) return { ...rest, ...(style.background !== undefined && { background: style.background }) };
  if (code === 49) return { ...rest, ...(style.foreground !== undefined && { foreground: style.foreground }) };
  return style;
}

/** Parses `5;n` or `2;r;g;b` after 38 and 48. */
function extended(codes: readonly number[]): { colour?: number | string; used: number } {
  const [kind, a = 0, b = 0, c = 0] = codes;
  if (kind === 5) return { colour: a < 16 ? a : indexed(a), used: 2 };
  if (kind === 2) return { colour: `rgb(${byte(a)} ${byte(b)} ${byte(c)})`, used: 4 };
  return { used: 0 };
}

/** Returns a color of the 6×6×6 cube or the gray scale. */
function indexed(index: number): string {
  if (index >= 232) {
    const grey = byte(8 + (index - 232) * 10);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const at = index - 16;
  return `rgb(${level(Math.floor(at / 36))} ${level(Math.floor(at / 6) % 6)} ${level(at % 6)})`;
}

function byte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value) || 0));
}
