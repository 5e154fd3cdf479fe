/** Returns true for the character codes of a class. */
export type CharClass = (code: number) => boolean;

/** Returns the end of the run of a class that begins at `from`. */
export function endOfRun(text: string, from: number, isPart: CharClass): number {
  let end = from;
  while (end < text.length && isPart(text.charCodeAt(end))) end++;
  return end;
}

const isDigit: CharClass = (code) => code >= 48 && code <= 57;

const isAlphanumeric: CharClass = (code) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isDigit(code);

export const isWord: CharClass = (code) => isAlphanumeric(code) || code === 95;

export const isWordOrDash: CharClass = (code) => isWord(code) || code === 45;

export const isWordDashOrDot: CharClass = (code) => isWordOrDash(code) || code === 46;

export const isUpperOrDigit: CharClass = (code) => (code >= 65 && code <= 90) || isDigit(code);

export const isHex: CharClass = (code) => isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);

/** Matches base64 without its padding. */
export const isBase64: CharClass = (code) => isAlphanumeric(code) || code === 43 || code === 47;

/** Matches the path of a webhook. */
export const isPath: CharClass = (code) => isWordOrDash(code) || code === 47;

const isQuote: CharClass = (code) => code === 34 || code === 39 || code === 96;

const isBackslash: CharClass = (code) => code === 92;

export const isQuoteOrBackslash: CharClass = (code) => isQuote(code) || isBackslash(code);

/** Equals `\s` of a pattern. */
export const isSpace: CharClass = (code) =>
  code === 32 || (code >= 9 && code <= 13) || (code >= 160 && rareSpaces.has(code));

const rareSpaces: ReadonlySet<number> = new Set(
  [160, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].concat(
    Array.from({ length: 11 }, (_, at) => 0x2000 + at),
  ),
);

export const isUnspaced: CharClass = (code) => !isSpace(code);

/** Matches neither white space nor quotes, `,`, `;`, `&` and `\`. */
export const isValue: CharClass = (code) =>
  !isSpace(code) && !isQuoteOrBackslash(code) && code !== 44 && code !== 59 && code !== 38;

/** Matches a line without quotes, such as a list of cookies. */
export const isQuotable: CharClass = (code) => code !== 10 && code !== 13 && !isQuoteOrBackslash(code);

/** Matches characters of a URL as people write it. */
export const isUrl: CharClass = (code) => !isSpace(code) && !isQuoteOrBackslash(code) && code !== 60 && code !== 62;
