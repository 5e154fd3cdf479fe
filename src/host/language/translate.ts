import * as l10n from "@vscode/l10n";
import { sentences } from "./sentences.ts";

/** Maximum length in characters of a text to translate. Messages are cut to less. */
const LONGEST = 2000;

interface Pattern {
  readonly sentence: string;
  /** Matches the sentence at the beginning of a text. */
  readonly matcher: RegExp;
}

let patterns: readonly Pattern[] | undefined;

/**
 * Translates a text of the rooms below, which is English because programs read it as well: each of its known sentences, from the
 * first one to one that is not known. What follows stays English.
 */
export function translate(text: string): string {
  const translated: string[] = [];
  let rest = text.length > LONGEST ? "" : text;
  while (rest !== "") {
    const found = translateFirst(rest);
    if (found === undefined) break;
    translated.push(found.sentence);
    rest = found.rest;
  }
  if (translated.length === 0) return text;
  return [...translated, ...(rest === "" ? [] : [rest])].join(" ");
}

function translateFirst(text: string): { readonly sentence: string; readonly rest: string } | undefined {
  patterns ??= sentences
    .map((sentence) => ({ sentence, matcher: matcherOf(sentence) }))
    // Otherwise a sentence could hide a longer one that begins with it.
    .toSorted((a, b) => b.sentence.length - a.sentence.length);
  for (const { sentence, matcher } of patterns) {
    const match = matcher.exec(text);
    if (match === null) continue;
    // Parts may be sentences themselves, such as a reason.
    const parts = match.slice(1).map(translate);
    return { sentence: shown(sentence, parts), rest: text.slice(match[0].length).trimStart() };
  }
  return undefined;
}

/** Returns a known sentence in the language of the editor. Its key is not a literal here, but in the list. */
function shown(sentence: string, parts: readonly string[]): string {
  const { t } = l10n;
  return t(sentence, ...parts);
}

/** Each placeholder represents any text: as short as possible, or all that is left at the end of a sentence. */
function matcherOf(sentence: string): RegExp {
  const parts = sentence.split(/\{\d\}/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  const end = parts.at(-1) === "" ? "$" : String.raw`(?=\s|$)`;
  return new RegExp(`^${parts.join("(.+?)")}${end}`, "s");
}
