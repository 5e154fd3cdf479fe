/** Maximum number of candidates to parse, the largest first. */
const MAX_TRIES = 50;
/** Maximum nesting depth, so that text made of brackets does not exhaust memory. */
const MAX_DEPTH = 10_000;

/**
 * Extracts a JSON value from an answer: from a fence (those marked json first), the whole text, or else the largest
 * part that is an object or array. Returns undefined if there is none; nothing is repaired or invented
 * (docs/kiro-cli.md#m24). Takes linear time.
 */
export function extractJson(text: string): unknown {
  for (const candidate of [...fenced(text), text.trim()]) {
    const value = parsed(candidate);
    if (value !== undefined) return value;
  }
  return largestPiece(text);
}

/** Parses an object or array. A number or word in a text is not a JSON answer. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/u.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns the contents of closed fences. JSON never has a line that begins with ```, since newlines in strings are
 * `\n`.
 */
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
  // The total length of the candidates is bounded, so that text made of brackets costs no more than other text.
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

/** Finds the largest balanced parts in one pass. Brackets in strings do not count; a string ends with its line. */
function largestBalanced(text: string): Piece[] {
  const open: { readonly start: number; readonly partner: string }[] = [];
  let pieces: Piece[] = [];
  const opening = /[[{]/gu;
  const token = /[[\]{}"]/gu;
  for (let at = 0; ; ) {
    // Outside of brackets, a quotation mark is part of the text and may be unbalanced.
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

/** Returns the end of a string that begins before `start`: after its quotation mark, or at the end of the line. */
function endOfString(text: string, start: number): number {
  // In steps: a single pattern would overflow the stack of the regular expression engine for a long string.
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
