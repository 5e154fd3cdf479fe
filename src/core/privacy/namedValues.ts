import { type CharClass, endOfRun, isQuotable, isQuoteOrBackslash, isSpace, isUrl, isValue } from "./charClasses.ts";
import type { Detector, Finding } from "./finding.ts";
import type { TextScan } from "./textScan.ts";

/**
 * Returns true if the value of such a field is a secret, whatever it looks like. Compound names count: `accessToken`,
 * `DB_PASSWORD`.
 */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

const SECRET_NAME =
  /(?:token|secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|account[_-]?key|authorization|cookie|credentials?|private[_-]?key)$/i;

/** Names in front of a value that is a secret. */
export const secretNames =
  /token|secret|passwo?r?d|passphrase|\bpwd|api[_-]?key|access[_-]?key|account[_-]?key|auth[_-]?key|private[_-]?key|shared[_-]?access[_-]?signature|authorization|cookie|\bbearer(?=\s)|\bbasic(?=\s)/gi;

/** Minimum length of a value. */
const SHORTEST_VALUE = 6;
/** Maximum length of the white space and the quotes around the sign between a name and its value. */
const LONGEST_GAP = 100;
/** Types, and references to values that are elsewhere: code is full of them. */
const NO_VALUE = /^(?:string|number|boolean|unknown|undefined|process\.env\b.*|os\.environ\b.*)[)\]}>|?.]*$/;
/** Maximum length of a reference. */
const LONGEST_NO_VALUE = 200;

/** Finds values with a telling name: `password = "…"`, `Bearer …`, `Authorization: …`, `Cookie: …`. */
export const namedValues: Detector = (scan, at, tail) => {
  switch (scan.text.charAt(at).toLowerCase()) {
    case "b":
      return schemeValue(scan, gapEnd(scan, tail, isSpace));
    case "c": {
      const value = startOfValue(scan, tail);
      return value === undefined ? undefined : valueAt(scan, value, isQuotable);
    }
    default: {
      const value = startOfValue(scan, tail);
      if (value === undefined) return undefined;
      return isAuthorization(scan, at, tail) ? headerValue(scan, value) : valueAt(scan, value, isValue);
    }
  }
};

function isAuthorization(scan: TextScan, at: number, tail: number): boolean {
  return tail - at === "authorization".length && /^authorization$/i.test(scan.text.slice(at, tail));
}

/** @returns the position after `:` or `=`, white space and quotes, which may be escaped */
function startOfValue(scan: TextScan, nameEnd: number): number | undefined {
  const { text } = scan;
  const sign = gapEnd(scan, gapEnd(scan, nameEnd, isQuoteOrBackslash), isSpace);
  if (text[sign] !== ":" && text[sign] !== "=") return undefined;
  // Also `:=` and `=>`.
  const isLong = text[sign + 1] === "=" || text[sign + 1] === ">";
  return gapEnd(scan, gapEnd(scan, sign + (isLong ? 2 : 1), isSpace), isQuoteOrBackslash);
}

/** Skips characters of a class, up to a maximum: text with a longer gap is no assignment. */
function gapEnd({ text }: TextScan, from: number, isPart: CharClass): number {
  const last = Math.min(text.length, from + LONGEST_GAP);
  let end = from;
  while (end < last && isPart(text.charCodeAt(end))) end++;
  return end;
}

function valueAt(scan: TextScan, start: number, isPart: CharClass): Finding | undefined {
  const end = scan.endOfRun(start, isPart);
  const rest = (text: string, from: number): number => endOfRun(text, from, isPart);
  if (end - start < SHORTEST_VALUE) return end === scan.length && end > start ? { kind: "open", start } : undefined;
  if (end - start <= LONGEST_NO_VALUE && NO_VALUE.test(scan.text.slice(start, end))) {
    return end === scan.length ? { kind: "open", start } : undefined;
  }
  return { kind: "secret", start, end, rest };
}

/** Finds the value of a header: after its scheme, which is one word, or all of it if there is none. */
function headerValue(scan: TextScan, start: number): Finding | undefined {
  const [scheme] = /^[A-Za-z][\w-]{0,30}[ \t]{1,10}(?=[^\s"'`\\])/.exec(scan.text.slice(start, start + 50)) ?? [];
  if (scheme !== undefined) return valueAt(scan, start + scheme.length, isQuotable);
  return valueAt(scan, start, isValue);
}

/** Finds the value after `Bearer` or `Basic` in any text, unless it is a word of a sentence. */
function schemeValue(scan: TextScan, start: number): Finding | undefined {
  const finding = valueAt(scan, start, isValue);
  if (finding?.kind !== "secret" || finding.end - start >= 24) return finding;
  const value = scan.text.slice(start, finding.end);
  if (/[\d_=+/]|[a-z][A-Z]/.test(value)) return finding;
  return finding.end === scan.length ? { kind: "open", start } : undefined;
}

/** Minimum length of a signature, and maximum length of a password. */
const SHORTEST_SIGNATURE = 20;
const LONGEST_PASSWORD = 500;

/** Finds the signature of a shared access URL: `…&sig=…`. */
export const urlSignatures: Detector = (scan, at, tail) => {
  if (!scan.isBoundary(at)) return undefined;
  const end = scan.endOfRun(tail, isValue);
  const rest = (text: string, from: number): number => endOfRun(text, from, isValue);
  if (end - tail >= SHORTEST_SIGNATURE) return { kind: "secret", start: tail, end, rest };
  return end === scan.length && end > tail ? { kind: "open", start: tail } : undefined;
};

/** Finds the password of a URL: `scheme://user:password@host`. */
export const urlPasswords: Detector = (scan, _at, tail) => {
  const end = scan.endOfRun(tail, isUrl);
  const colon = scan.indexOf(":", tail);
  const start = colon + 1;
  const slash = scan.indexOf("/", tail);
  if (colon >= end || slash < colon) return undefined;
  const at = scan.indexOf("@", start);
  const isPort =
    slash < end && endOfRun(scan.text.slice(start, Math.min(slash, start + 6)), 0, isDigit) === slash - start;
  if (isPort && slash < at) return undefined;
  if (at >= end) {
    return end === scan.length && end > start && end - start <= LONGEST_PASSWORD ? { kind: "open", start } : undefined;
  }
  if (at === start || at - start > LONGEST_PASSWORD) return undefined;
  return { kind: "secret", start, end: lastAtBeforeHost(scan, at, end) };
};

/** A password may contain `@`: the host begins after the last one in front of the path. */
function lastAtBeforeHost({ text }: TextScan, at: number, end: number): number {
  const host = text.slice(at, Math.min(end, at + LONGEST_PASSWORD));
  const path = host.search(/[/?#]/);
  return at + (path < 0 ? host : host.slice(0, path)).lastIndexOf("@");
}

const isDigit: CharClass = (code) => code >= 48 && code <= 57;
