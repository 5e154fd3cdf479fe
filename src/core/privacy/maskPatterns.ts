import { quote } from "../../protocol/validate.ts";
import { isSpace } from "./charClasses.ts";
import type { SecretPatterns } from "./redactor.ts";
import type { Span } from "./textScan.ts";

/** Maximum length in characters of what one `*` matches. */
const LONGEST_WILDCARD = 200;
/** Minimum number of adjacent characters of a pattern that match themselves: fewer would mask too much. */
const FEWEST_LITERALS = 3;
const CONTROL = /\p{Cc}/u;

interface CompiledPatterns {
  /** Undefined if there are none. */
  readonly patterns: SecretPatterns | undefined;
  /** One sentence for each pattern that is not used. */
  readonly problems: readonly string[];
}

/**
 * Compiles the user's patterns (docs/decisions/masking.md): `*` matches up to 200 characters other than white space and
 * quotes, everything else matches itself. Takes linear time for any text, which regular expressions cannot guarantee.
 */
export function compileMaskPatterns(sources: readonly string[]): CompiledPatterns {
  const usable = sources.filter((source) => problemOf(source) === undefined);
  const finders = usable.map(finderOf);
  const problems = sources.flatMap((source) => {
    const problem = problemOf(source);
    return problem === undefined ? [] : [`kiroBridge.privacy.maskPatterns: ${quote(source)} ${problem}`];
  });
  if (finders.length === 0) return { patterns: undefined, problems };
  const maxLength = Math.max(...usable.map(lengthOf));
  return { patterns: { maxLength, find: (text) => finders.flatMap((find) => [...find(text)]) }, problems };
}

function problemOf(source: string): string | undefined {
  if (CONTROL.test(source)) return "contains a control character";
  const longest = Math.max(...source.split("*").map((part) => part.trim().length));
  return longest < FEWEST_LITERALS ? `needs ${FEWEST_LITERALS} adjacent characters besides *` : undefined;
}

function lengthOf(source: string): number {
  const parts = source.split("*");
  return source.length + (parts.length - 1) * LONGEST_WILDCARD;
}

/** Searches the longest literal part, then matches the parts before and behind it. */
function finderOf(source: string): (text: string) => Generator<Span> {
  const parts = source.split("*");
  const anchor = parts.reduce((best, part) => (part.length > best.length ? part : best), "");
  const at = parts.indexOf(anchor);
  const before = parts.slice(0, at);
  const behind = parts.slice(at + 1);
  return function* find(text) {
    for (let found = text.indexOf(anchor); found >= 0; found = text.indexOf(anchor, found + anchor.length)) {
      const start = matchBefore(text, found, before);
      const end = start === undefined ? undefined : matchBehind(text, found + anchor.length, behind);
      if (start !== undefined && end !== undefined) yield [start, end];
    }
  };
}

/** @returns the end of the match, or undefined if the parts do not follow, each behind a wildcard */
function matchBehind(text: string, from: number, parts: readonly string[]): number | undefined {
  let end = from;
  for (const [index, part] of parts.entries()) {
    const limit = wildcardEnd(text, end);
    const isLast = index === parts.length - 1;
    const found = isLast && part === "" ? limit : text.slice(end, limit + part.length).indexOf(part) + end;
    if (found < end) return undefined;
    end = found + part.length;
  }
  return end;
}

/** @returns the start of the match, or undefined */
function matchBefore(text: string, from: number, parts: readonly string[]): number | undefined {
  let start = from;
  for (const [index, part] of parts.toReversed().entries()) {
    const limit = wildcardStart(text, start);
    const isFirst = index === parts.length - 1;
    const earliest = Math.max(0, limit - part.length);
    const offset = text.slice(earliest, start).lastIndexOf(part);
    if (isFirst && part === "") start = limit;
    else if (offset < 0) return undefined;
    else start = earliest + offset;
  }
  return start;
}

function wildcardEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + LONGEST_WILDCARD);
  let end = from;
  while (end < limit && isInWildcard(text.charCodeAt(end))) end++;
  return end;
}

function wildcardStart(text: string, from: number): number {
  const limit = Math.max(0, from - LONGEST_WILDCARD);
  let start = from;
  while (start > limit && isInWildcard(text.charCodeAt(start - 1))) start--;
  return start;
}

/** A `*` matches neither white space nor quotes, nor control characters. */
function isInWildcard(code: number): boolean {
  if (code < 128) return code > 32 && code !== 34 && code !== 39 && code !== 96 && code !== 127;
  return code > 160 && !isSpace(code);
}
