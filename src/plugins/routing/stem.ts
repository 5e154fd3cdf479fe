const LETTERS = /^[a-z]+$/;
const VOWEL = /[aeiouy]/;
const DOUBLE = /([bcdfghjklmnpqrstvwxz])\1$/;
/** A shorter rest is another word: "need" is no form of "ne", "station" none of "stat". */
const MIN_STEM = 3;
const MIN_BEFORE_MENT = 6;

/**
 * Returns the stem of an English word in lower case: "deploys", "deploying" and "deployment" are all "deploy". Removes
 * endings of grammar, and those that make a noun of a verb. More would find words that only look alike, as the Porter
 * stemmer does with "general" and "generate" (docs/decisions/routing.md).
 */
export function stemOf(word: string): string {
  if (word.length <= MIN_STEM || !LETTERS.test(word)) return word;
  return withoutEnd(withoutSuffix(singularOf(word)));
}

function singularOf(word: string): string {
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  const isSingular = word.endsWith("is") && word.length > "apis".length;
  return /[^su]s$/.test(word) && !isSingular ? word.slice(0, -1) : word;
}

function withoutSuffix(word: string): string {
  const before = (suffix: string): string => (word.endsWith(suffix) ? word.slice(0, -suffix.length) : "");
  for (const suffix of ["ing", "ed"]) {
    const rest = before(suffix);
    if (rest.length >= MIN_STEM && VOWEL.test(rest) && !word.endsWith("eed")) return rest.replace(DOUBLE, "$1");
  }
  if (before("ation").length >= MIN_STEM) return `${before("ation")}at`;
  return before("ment").length >= MIN_BEFORE_MENT ? before("ment") : word;
}

/** Makes the forms equal that differ in a silent "e", a doubled letter, or "y" and "i": "route" and "routing". */
function withoutEnd(word: string): string {
  const base = word.length > MIN_STEM && word.endsWith("e") ? word.slice(0, -1) : word;
  return base.replace(DOUBLE, "$1").replace(/y$/, "i");
}
