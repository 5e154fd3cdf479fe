/** Pieces that are tried as JSON, the largest first. */
const MAX_TRIES = 50;
/** No answer is nested deeper; text made of brackets must not fill the memory. */
const MAX_DEPTH = 10_000;

/**
 * The JSON value in an answer: in a fence (one called json before the others), the whole text, or else the largest piece of it
 * that is an object or an array. Undefined when there is none; nothing is ever repaired or invented (docs/kiro-cli.md#m24).
 * The cost is linear in the length of the text.
 */
export function extractJson(text: string): unknown {
  for (const candidate of [...fenced(text), text.trim()]) {
    const value = parsed(candidate);
    if (value !== undefined) return value;
  }
  return largestPiece(text);
}

/** Only objects and arrays: a number or a word in the text is no answer in JSON. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/u.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The bodies of closed fences. No line inside JSON begins with ```: there a newline is `\n`. */
function fenced(text: string): string[] {
  const named: string[] = [];
  const nameless: string[] = [];
  let open: { readonly name: string; readonly start: number } | undefined;
  for (const { 0: line, 1: name = "", index } of text.matchAll(/^[ \t]*```([^`\n]*)$/gmu)) {
    if (open === undefined) open = { name: name.trim().toLowerCase(), start: index + line.length };
    else if (name.trim() === "") {
      if (open.name.startsWith("json")) named.push(text.slice(open.start, index));
      if (open.name === "") nameless.push(text.slice(open.start, index));
      open = undefined;
    }
  }
  return [...named, ...nameless];
}

function largestPiece(text: string): unknown {
  // What is tried is bounded as a whole, so that text made of brackets costs no more than other text.
  let budget = 4 * text.length;
  for (const { start, end } of largestBalanced(text)) {
    budget -= end - start;
    if (budget < 0) break;
    const value = parsed(text.slice(start, end));
    if (value !== undefined) return value;
  }
  return undefined;
}

interface Piece {
  readonly start: number;
  readonly end: number;
}

/** The largest stretches from a bracket to its partner, in one pass. Brackets in strings do not count; a string ends at its line. */
function largestBalanced(text: string): Piece[] {
  const open: { readonly start: number; readonly partner: string }[] = [];
  let pieces: Piece[] = [];
  const opening = /[[{]/gu;
  const token = /[[\]{}"]/gu;
  for (let at = 0; ; ) {
    // Outside of brackets a quotation mark belongs to the prose, and may have no partner.
    const pattern = open.length === 0 ? opening : token;
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return largest(pieces);
    at = pattern.lastIndex;
    const [sign] = match;
    if (sign === '"') at = endOfString(text, at);
    else if (sign === "{" || sign === "[") open.push({ start: match.index, partner: sign === "{" ? "}" : "]" });
    else {
      const last = open.pop();
      if (last?.partner === sign) pieces.push({ start: last.start, end: at });
      else open.length = 0;
    }
    if (open.length > MAX_DEPTH) open.length = 0;
    if (pieces.length > 20 * MAX_TRIES) pieces = largest(pieces);
  }
}

/** Where a string ends that begins before `start`: behind its quotation mark, or at the end of its line. */
function endOfString(text: string, start: number): number {
  // In steps: one pattern for the whole string would fill the stack of the regular expression in a long one.
  const sign = /["\\\n]/gu;
  sign.lastIndex = start;
  for (let match = sign.exec(text); match !== null; match = sign.exec(text)) {
    if (match[0] === '"') return sign.lastIndex;
    if (match[0] === "\n" || text[sign.lastIndex] === "\n") return match.index;
    sign.lastIndex++;
  }
  return text.length;
}

function largest(pieces: Piece[]): Piece[] {
  return pieces.toSorted((one, other) => other.end - other.start - (one.end - one.start)).slice(0, MAX_TRIES);
}
