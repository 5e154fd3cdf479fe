import { type AST, RegExpParser } from "@eslint-community/regexpp";

/** So many parts of a sequence are repeated together. */
const LONGEST_RUN = 4;
const MISMATCH = "\u0000!";
/** With one of them between two repetitions, an anchor such as `\b` holds at each. */
const separators = ["", "-", " ", "."];

/**
 * Texts that drive a pattern's worst case: a shortest match of each of its parts, and of each run of neighbouring parts,
 * repeated up to `length` characters, with an end that does not match. What backtracks does so on a
 * repetition of something that a loop of the pattern takes, or of a start that it takes and then abandons.
 */
export function hostileTexts(pattern: RegExp, length: number): string[] {
  const ast = new RegExpParser().parsePattern(pattern.source, 0, pattern.source.length, {
    unicode: pattern.flags.includes("u"),
    unicodeSets: pattern.flags.includes("v"),
  });
  const pumps = new Set<string>(["a", "-", " "]);
  collect(ast, pumps);
  pumps.delete("");
  return [...pumps].flatMap((pump) => separators.map((separator) => repeated(pump + separator, length) + MISMATCH));
}

function repeated(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length));
}

type Part = AST.Pattern | AST.Alternative | AST.Element;

function collect(part: Part, pumps: Set<string>): void {
  if ("alternatives" in part) {
    for (const alternative of part.alternatives) collect(alternative, pumps);
    return;
  }
  if (part.type === "Quantifier") collect(part.element, pumps);
  if (part.type !== "Alternative") {
    pumps.add(sampleOf(part, 0));
    return;
  }
  for (const element of part.elements) collect(element, pumps);
  for (const variant of [0, 1]) {
    const samples = part.elements.map((element) => sampleOf(element, variant));
    for (let start = 0; start < samples.length; start++) {
      for (let end = start + 1; end <= Math.min(samples.length, start + LONGEST_RUN); end++)
        pumps.add(samples.slice(start, end).join(""));
    }
    pumps.add(samples.join(""));
  }
}

/** A short text that a part matches; `variant` picks the last choice instead of the first. */
function sampleOf(part: Part, variant: number): string {
  switch (part.type) {
    case "Pattern":
    case "Group":
    case "CapturingGroup":
      return sampleOf(part.alternatives.at(-variant) ?? fail(), variant);
    case "Alternative":
      return part.elements.map((element) => sampleOf(element, variant)).join("");
    case "Quantifier":
      return sampleOf(part.element, variant).repeat(Math.max(1, part.min));
    case "Character":
      return String.fromCodePoint(part.value);
    case "CharacterClass":
    case "CharacterSet":
      return characterOf(part, variant);
    default:
      return "";
  }
}

const candidates = ["a", "A", "0", " ", "-", "_", ".", "\n", "\t", "/", "[", "\u001b", "é", "\u0001"];

/** A character that a class takes: the first or the last of the usual ones, else the first of all. */
function characterOf(part: AST.CharacterClass | AST.CharacterSet, variant: number): string {
  const single = new RegExp(`^${part.raw}$`, "u");
  const usual = candidates.filter((candidate) => single.test(candidate));
  const found = usual.at(-variant);
  if (found !== undefined) return found;
  for (let code = 0; code < 0x3000; code++)
    if (single.test(String.fromCodePoint(code))) return String.fromCodePoint(code);
  return "";
}

function fail(): never {
  throw new RangeError("a group has an alternative");
}
