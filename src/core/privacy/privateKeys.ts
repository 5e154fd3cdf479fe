import { endOfRun, isWordOrDash } from "./charClasses.ts";
import type { Detector } from "./finding.ts";

const HEADER = /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
/** Maximum length of a header. */
const LONGEST_HEADER = 80;
/** A header that the text cuts off. */
const HEADER_BEGINS = /^-----BEGIN [A-Z0-9 ]{0,60}-{0,5}$/;
const FOOTER = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** Maximum length of a footer. */
const LONGEST_FOOTER = 80;

/** Finds private keys. A key without an end line extends to the end of the text. */
export const privateKeys: Detector = (scan, at) => {
  const head = scan.text.slice(at, at + LONGEST_HEADER);
  const [header] = HEADER.exec(head) ?? [];
  if (header === undefined) {
    return at + head.length === scan.length && HEADER_BEGINS.test(head) ? { kind: "open", start: at } : undefined;
  }
  const [footer, end] = scan.next(FOOTER, at + header.length);
  if (footer < scan.length) return { kind: "secret", start: at, end };
  return { kind: "secret", start: at, end, rest: restOfKey };
};

/** The footer may begin in the text that was seen before. */
function restOfKey(text: string, from: number): number {
  FOOTER.lastIndex = Math.max(0, from - LONGEST_FOOTER);
  for (let found = FOOTER.exec(text); found !== null; found = FOOTER.exec(text)) {
    const end = found.index + found[0].length;
    if (end > from) return end;
  }
  return text.length;
}

/** Minimum lengths of the three parts of a JSON Web Token. */
const PARTS = [10, 10, 5] as const;

/** Finds JSON Web Tokens: `eyJ….….…`, also in the middle of a run of characters. */
export const webTokens: Detector = (scan, at, tail) => {
  if (!scan.isBoundary(at)) return undefined;
  let end = scan.endOfRun(tail, isWordOrDash);
  if (end - tail < PARTS[0]) return end === scan.length ? { kind: "open", start: at } : undefined;
  for (const atLeast of PARTS.slice(1)) {
    if (end === scan.length) return { kind: "open", start: at };
    if (scan.text[end] !== ".") return undefined;
    const from = end + 1;
    end = scan.endOfRun(from, isWordOrDash);
    if (end - from < atLeast) return end === scan.length ? { kind: "open", start: at } : undefined;
  }
  return { kind: "secret", start: at, end, rest: (text, from) => endOfRun(text, from, isWordOrDash) };
};
