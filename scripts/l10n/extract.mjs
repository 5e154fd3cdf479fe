// Extracts the texts for people from sources.
import l10nDev from "@vscode/l10n-dev";

/** The beginning of a call of `l10n.t`, and its text if that is a literal. */
const CALL =
  /\bl10n\.t\(\s*(?:\{\s*message:\s*)?("(?:[^"\\\n]|\\.)*"(?=\s*[,)}])|'(?:[^'\\\n]|\\.)*'(?=\s*[,)}])|[^\s])/g;

/**
 * Returns the entries of the bundle for some sources, sorted.
 * @throws Error for a call whose text is no literal, or that the extraction does not see
 */
export async function extractTexts(sources) {
  const bundle = {};
  for (const { file, contents } of sources) {
    const texts = textsOf(file, contents);
    if (texts.length === 0) continue;
    const found = await l10nDev.getL10nJson([{ extension: ".ts", contents }]);
    const known = new Set(Object.entries(found).map(([key, entry]) => textOf(key, entry)));
    const lost = texts.find((text) => !known.has(text));
    if (lost !== undefined)
      throw new Error(`${file}: "${lost}" is not found. Write \`import * as l10n from "@vscode/l10n"\`.`);
    Object.assign(bundle, found);
  }
  return sorted(bundle);
}

function textsOf(file, contents) {
  return [...contents.matchAll(CALL)].map(([, literal]) => {
    if (literal.startsWith('"') && literal.length > 1) return JSON.parse(literal);
    // The formatter chooses single quotes for a text with double ones.
    if (literal.length > 1)
      return JSON.parse(`"${literal.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
    throw new Error(`${file}: a call of l10n.t has no literal as its text, near ${literal}.`);
  });
}

/** Returns the English text of an entry of the bundle, whose key may have a comment. */
export function textOf(key, entry) {
  if (typeof entry === "string") return entry;
  return entry?.message ?? key;
}

/** Returns an object with its keys in an order that does not depend on the machine. */
export function sorted(entries) {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
