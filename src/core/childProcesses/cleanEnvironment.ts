/**
 * Variables to remove: color suppression changes the answer marker (docs/kiro-cli.md#m10), and the others only concern
 * the editor.
 */
const DROPPED: ReadonlySet<string> = new Set([
  "NO_COLOR",
  "CLICOLOR",
  "CLICOLOR_FORCE",
  "FORCE_COLOR",
  "ELECTRON_RUN_AS_NODE",
  "NODE_OPTIONS",
]);

/** Terminals for which the CLI prints its prompt between answers (docs/kiro-cli.md#f4). */
const PROMPTING_TERMS: ReadonlySet<string> = new Set(["dumb", "cons25", "emacs"]);

/**
 * Returns the environment for the CLI, or for a plugin, without variables that change its output or only concern the editor. HOME, PATH,
 * proxies and KIRO_* are kept. `own` (from the program, then from the caller) is added unchanged, and may restore any
 * variable.
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
