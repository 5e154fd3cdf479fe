/**
 * Colour suppression changes the answer marker (docs/kiro-cli.md#m10); the others are the editor's own business, not the CLI's.
 */
const DROPPED: ReadonlySet<string> = new Set([
  "NO_COLOR",
  "CLICOLOR",
  "CLICOLOR_FORCE",
  "FORCE_COLOR",
  "ELECTRON_RUN_AS_NODE",
  "NODE_OPTIONS",
]);

/** With such a terminal the CLI prints its prompt among the answers (docs/kiro-cli.md#f4). */
const PROMPTING_TERMS: ReadonlySet<string> = new Set(["dumb", "cons25", "emacs"]);

/**
 * The environment of the CLI: ours, without what would change its output or what only an editor needs. HOME, PATH, the proxies
 * and KIRO_* stay. `own` (the program's, then the caller's) is added as it is, and so can bring back anything.
 */
export function cleanEnvironment(
  inherited: NodeJS.ProcessEnv,
  ...own: readonly Readonly<Record<string, string>>[]
): Record<string, string> {
  const kept = Object.entries(inherited).flatMap(([name, value]) =>
    value === undefined || isDropped(name.toUpperCase(), value) ? [] : [[name, value] as const],
  );
  return Object.assign(Object.fromEntries(kept), ...own);
}

function isDropped(name: string, value: string): boolean {
  if (name === "TERM") return PROMPTING_TERMS.has(value);
  return DROPPED.has(name) || name.startsWith("VSCODE_");
}
