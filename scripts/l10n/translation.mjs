// Compares a translation with the English texts.
import { sorted, textOf } from "./extract.mjs";

/** Patterns of what a translation keeps as it is: names in code, icons, settings and targets of links. */
const marks = [/\{\w+\}/g, /`[^`]+`/g, /\$\([\w-]+\)/g, /#[\w.]+#/g, /\]\([^)]+\)/g];

/**
 * Compares a translation with the English texts. Returns the problems as sentences.
 * @param english texts by key, as in a bundle
 * @param translated texts by key
 * @param isSame returns true for an English text that is the same in the other language
 */
export function problemsOf(english, translated, isSame) {
  const problems = [];
  for (const [key, entry] of Object.entries(english)) {
    const text = textOf(key, entry);
    const other = translated[key];
    if (other === undefined) problems.push(`missing: ${JSON.stringify(key)}`);
    else
      problems.push(
        ...problemsOfText(text, other, isSame(text)).map((problem) => `${problem}: ${JSON.stringify(key)}`),
      );
  }
  for (const key of Object.keys(translated))
    if (english[key] === undefined) problems.push(`left over: ${JSON.stringify(key)}`);
  return problems;
}

function problemsOfText(text, other, isSame) {
  if (other.trim() === "") return ["empty"];
  const problems = marks.flatMap((mark) =>
    listed(text, mark) === listed(other, mark) ? [] : [`not the same ${mark.source}`],
  );
  if (text === other && !isSame) problems.push("still English");
  if (text !== other && isSame) problems.push("in the list of texts that are the same, but translated");
  if (/\s$/.test(text) !== /\s$/.test(other)) problems.push("not the same white space at the end");
  return problems;
}

function listed(text, mark) {
  return [...text.matchAll(mark)]
    .map(([found]) => found)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(" ");
}

/** Merges the parts of a translation. @throws Error if two of them translate a key differently */
export function mergeParts(parts) {
  const merged = {};
  for (const [name, texts] of Object.entries(parts)) {
    for (const [key, text] of Object.entries(texts)) {
      if (merged[key] !== undefined && merged[key] !== text)
        throw new Error(`${name} translates ${JSON.stringify(key)} differently.`);
      merged[key] = text;
    }
  }
  return sorted(merged);
}
