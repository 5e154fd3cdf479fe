/** A glob for paths of files, split once. */
export interface Glob {
  /** As its author has written it. */
  readonly name: string;
  /** True if the pattern has no slash: then it is compared with the name of a file alone. */
  readonly isForNames: boolean;
  readonly alternatives: readonly (readonly Segment[])[];
}

const ANY_FOLDERS = "**";
type Segment = typeof ANY_FOLDERS | readonly Token[];

type Token = { readonly kind: "star" } | { readonly kind: "one"; readonly accepts: (char: string) => boolean };

const STAR: Token = { kind: "star" };
const ANY_CHARACTER: Token = { kind: "one", accepts: () => true };
/** Maximum number of patterns after the expansion of braces. */
const MAX_ALTERNATIVES = 64;
const MAX_GLOB_LENGTH = 200;

/**
 * Reads a glob with `*`, `**`, `?`, `[a-z]`, `[!a-z]` and `{a,b}`. Undefined if it is too long, has groups in groups, or
 * expands to too many patterns.
 */
export function readGlob(text: string): Glob | undefined {
  if (text === "" || text.length > MAX_GLOB_LENGTH) return undefined;
  const patterns = expandBraces(text.replace(/^\.?\//, ""));
  if (patterns === undefined) return undefined;
  return {
    name: text,
    isForNames: !text.includes("/"),
    alternatives: patterns.map((pattern) => pattern.split("/").map(readSegment)),
  };
}

/**
 * Returns true if the glob matches a path. Takes time proportional to the product of both lengths at worst, whatever the
 * pattern is, because no regular expression is made of it (docs/decisions/routing.md).
 */
export function matchesGlob({ alternatives, isForNames }: Glob, path: readonly string[]): boolean {
  const segments = isForNames ? path.slice(-1) : path;
  return alternatives.some((alternative) => matchesAll(alternative, segments, isFolders, matchesSegment));
}

/** Splits a path of any system into its names. */
export function namesOf(path: string): readonly string[] {
  return path
    .replaceAll("\\", "/")
    .replace(/^(?:[A-Za-z]:)?\/+|^\.\//, "")
    .split("/");
}

function isFolders(segment: Segment): boolean {
  return segment === ANY_FOLDERS;
}

function isStar({ kind }: Token): boolean {
  return kind === "star";
}

function matchesSegment(segment: Segment, name: string): boolean {
  return segment !== ANY_FOLDERS && matchesAll(segment, name, isStar, acceptsCharacter);
}

function acceptsCharacter(token: Token, char: string): boolean {
  return token.kind === "one" && token.accepts(char);
}

/** Matches a list with wildcards for any number of items. Returns only to the last wildcard, which is enough. */
function matchesAll<P>(
  pattern: readonly P[],
  items: ArrayLike<string>,
  isWildcard: (part: P) => boolean,
  isMatch: (part: P, item: string) => boolean,
): boolean {
  let at = 0;
  let itemAt = 0;
  let afterWildcard = -1;
  let wildcardEndsAt = 0;
  while (itemAt < items.length) {
    const part = pattern[at];
    if (part !== undefined && isWildcard(part)) {
      afterWildcard = ++at;
      wildcardEndsAt = itemAt;
    } else if (part !== undefined && isMatch(part, items[itemAt] ?? "")) {
      at++;
      itemAt++;
    } else if (afterWildcard >= 0) {
      at = afterWildcard;
      itemAt = ++wildcardEndsAt;
    } else return false;
  }
  return pattern.slice(at).every(isWildcard);
}

function readSegment(text: string): Segment {
  if (text === "**") return ANY_FOLDERS;
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const end = char === "[" ? text.indexOf("]", at + 2) : -1;
    if (char === "*") tokens.push(STAR);
    else if (char === "?") tokens.push(ANY_CHARACTER);
    else if (end > 0) {
      tokens.push({ kind: "one", accepts: readClass(text.slice(at + 1, end)) });
      at = end;
    } else tokens.push({ kind: "one", accepts: (other) => other === char });
  }
  return tokens;
}

/** Reads the inside of `[a-z_]` or `[!a-z_]`. */
function readClass(text: string): (char: string) => boolean {
  const isNegated = /^[!^]/.test(text);
  const parts = (isNegated ? text.slice(1) : text).match(/.-.|./gs) ?? [];
  const accepts = (char: string): boolean =>
    parts.some((part) => (part.length === 3 ? char >= part.charAt(0) && char <= part.charAt(2) : char === part));
  return (char) => accepts(char) !== isNegated;
}

function expandBraces(text: string): readonly string[] | undefined {
  let patterns = [""];
  for (const part of text.split(/(\{[^{}]*\})/)) {
    const choices = part.startsWith("{") && part.endsWith("}") ? part.slice(1, -1).split(",") : [part];
    if (choices.length === 1 && /[{}]/.test(part)) return undefined;
    if (patterns.length * choices.length > MAX_ALTERNATIVES) return undefined;
    patterns = patterns.flatMap((pattern) => choices.map((choice) => pattern + choice));
  }
  return patterns;
}
