const MAX_LENGTH = 200;
const MAX_WILDCARDS = 12;
const MAX_ALTERNATIVES = 32;

/**
 * Returns true for a glob that is cheap to compile and to match: bounded, without nested groups, ranges, or groups that
 * repeat (`+(a|b)`), of which few characters make patterns that take minutes.
 */
export function isCheapGlob(glob: string): boolean {
  if (glob.length === 0 || glob.length > MAX_LENGTH || glob.includes("\0")) return false;
  if (/[!?*+@]\(|\.\.[^/]*\}|\{[^}]*\{/.test(glob)) return false;
  const wildcards = glob.match(/\*+|\?|\[/g)?.length ?? 0;
  const alternatives = glob.match(/\{|,/g)?.length ?? 0;
  return wildcards <= MAX_WILDCARDS && alternatives <= MAX_ALTERNATIVES;
}
