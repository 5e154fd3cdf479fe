/** The position of a secret in a text; `end` is exclusive. */
export type Span = readonly [start: number, end: number];
type IsPart = (code: number) => boolean;

/**
 * Returns true if the value of such a field is a secret, whatever it looks like. Compound names count: `accessToken`,
 * `DB_PASSWORD`.
 */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

const SECRET_NAME =
  /(?:token|secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|authorization|cookie|credentials?|private[_-]?key)$/i;

/**
 * Finders of secrets in text, in linear time for any input. The patterns therefore have no unbounded quantifiers, which
 * would be retried at each position and overflow the backtracking stack on megabytes of similar characters. Patterns
 * find the beginning of a secret; its length is counted in a loop.
 */
export const secretFinders: readonly ((text: string) => Iterable<Span>)[] = [
  privateKeys,
  webTokens,
  (text) => runsBehind(text, /\b(?:sk|pk|rk)[-_]/g, isWordOrDash, 16),
  (text) => runsBehind(text, /\b(?:gh[pousr]_|github_pat_|npm_|hf_)/g, isWord, 20),
  (text) => runsBehind(text, /\bglpat-/g, isWordOrDash, 16),
  (text) => spansOf(text, /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g),
  (text) => runsBehind(text, /\bxox[abprs]-/g, isWordOrDash, 10),
  (text) => runsBehind(text, /\bAIza/g, isWordOrDash, 30),
  namedValues,
];

/** Finds all occurrences of a known text. */
export function* occurrencesOf(known: string, text: string): Generator<Span> {
  for (let at = text.indexOf(known); at >= 0; at = text.indexOf(known, at + known.length))
    yield [at, at + known.length];
}

function* spansOf(text: string, pattern: RegExp): Generator<Span> {
  for (const { 0: found, index } of text.matchAll(pattern)) yield [index, index + found.length];
}

/** Finds a beginning that is followed by at least `atLeast` characters of a class. Visits each character once. */
function* runsBehind(text: string, beginning: RegExp, isPart: IsPart, atLeast: number): Generator<Span> {
  let end = 0;
  for (const [start, tail] of spansOf(text, beginning)) {
    if (start < end) continue;
    end = endOfRun(text, tail, isPart);
    if (end - tail >= atLeast) yield [start, end];
  }
}

const KEY_BEGINS = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_ENDS = /-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** Finds private keys. A key without an end line extends to the end of the text. */
function* privateKeys(text: string): Generator<Span> {
  let end = 0;
  for (const [start, body] of spansOf(text, KEY_BEGINS)) {
    if (start < end) continue;
    KEY_ENDS.lastIndex = body;
    end = KEY_ENDS.test(text) ? KEY_ENDS.lastIndex : text.length;
    yield [start, end];
  }
}

/** Finds JSON Web Tokens: `eyJ….….…`, also in the middle of a run of characters. */
function* webTokens(text: string): Generator<Span> {
  let run = 0;
  for (const [start, tail] of spansOf(text, /\beyJ[\w-]{10}/g)) {
    // A match in the same run has the same end.
    if (start < run) continue;
    run = endOfRun(text, tail, isWordOrDash);
    const second = endOfPart(text, run, 10);
    const third = second === undefined ? undefined : endOfPart(text, second, 5);
    if (third !== undefined) yield [start, third];
  }
}

/** @returns the end of the part after the dot at `dot`, or undefined if it is missing or too short */
function endOfPart(text: string, dot: number, atLeast: number): number | undefined {
  if (text[dot] !== ".") return undefined;
  const end = endOfRun(text, dot + 1, isWordOrDash);
  return end - dot - 1 >= atLeast ? end : undefined;
}

const NAMES = /\b(?:bearer|basic)(?=\s)|(?:token|secret|password|passwd|api[_-]?key|access[_-]?key)["']?/gi;

/** Finds values with a telling name: `password = "…"`, `Bearer …`. */
function* namedValues(text: string): Generator<Span> {
  let end = 0;
  for (const [start, nameEnd] of spansOf(text, NAMES)) {
    if (nameEnd < end) continue;
    const value = startOfValue(text, nameEnd, /^b/i.test(text.slice(start, start + 1)));
    if (value === undefined) continue;
    end = endOfRun(text, value, isValue);
    if (end - value >= 6) yield [value, end];
  }
}

function startOfValue(text: string, nameEnd: number, isScheme: boolean): number | undefined {
  const sign = endOfRun(text, nameEnd, isSpace);
  if (isScheme) return sign;
  if (text[sign] !== ":" && text[sign] !== "=") return undefined;
  const value = endOfRun(text, sign + 1, isSpace);
  return isQuote(text.charCodeAt(value)) ? value + 1 : value;
}

function endOfRun(text: string, from: number, isPart: IsPart): number {
  let end = from;
  while (end < text.length && isPart(text.charCodeAt(end))) end++;
  return end;
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

function isWordOrDash(code: number): boolean {
  return isWord(code) || code === 45;
}

function isQuote(code: number): boolean {
  return code === 34 || code === 39;
}

/** Equals `\s` of a pattern. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || (code >= 160 && rareSpaces.has(code));
}

const rareSpaces: ReadonlySet<number> = new Set(
  [160, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff].concat(
    Array.from({ length: 11 }, (_, at) => 0x2000 + at),
  ),
);

/** Matches neither white space nor `"',;&`. */
function isValue(code: number): boolean {
  return !isSpace(code) && !isQuote(code) && code !== 44 && code !== 59 && code !== 38;
}
