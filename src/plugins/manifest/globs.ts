const MAX_LENGTH = 200;
const MAX_WILDCARDS = 12;
const MAX_ALTERNATIVES = 32;

/**
 * Returns true for a glob that is cheap to compile and to match: bounded, without ranges (`{1..9}`), braces in braces, and
 * groups that repeat (`+(a|b)`), of which few characters make patterns that take minutes.
 */
export function isCheapGlob(glob: string): boolean {
  if (glob.length === 0 || glob.length > MAX_LENGTH || glob.includes("\0")) return false;
  if (glob.includes("..") || /[!?*+@]\(/.test(glob) || hasNestedBraces(glob)) return false;
  const wildcards = glob.match(/\*+|\?|\[/g)?.length ?? 0;
  const alternatives = glob.match(/[{,]/g)?.length ?? 0;
  return wildcards <= MAX_WILDCARDS && alternatives <= MAX_ALTERNATIVES;
}

function hasNestedBraces(glob: string): boolean {
  let depth = 0;
  for (const sign of glob) {
    if (sign === "{") depth++;
    else if (sign === "}") depth = Math.max(0, depth - 1);
    if (depth > 1) return true;
  }
  return false;
}
