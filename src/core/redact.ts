const HIDDEN = "(hidden)";

/** Fields whose value is a secret whatever it looks like. */
const SECRET_NAME =
  /^(?:.*[_-])?(?:token|secret|password|passwd|passphrase|api[_-]?key|authorization|cookie|credentials?|private[_-]?key)$/i;

/** What keys of well-known services, and secrets in running text, look like. The last group is what to hide. */
const SECRET_TEXTS: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}/g,
  /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[\w-]{16,}/g,
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_\w{20,}|hf_\w{20,})/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bxox[abprs]-[\w-]{10,}/g,
  /\bAIza[\w-]{30,}/g,
];
const AFTER_NAME =
  /\b((?:bearer|basic)\s+|[\w-]*(?:token|secret|password|passwd|api[_-]?key|access[_-]?key)["']?\s*[:=]\s*["']?)([^\s"',;&]{6,})/gi;

/**
 * Takes out of a value what must not leave the machine: the secrets that are given, and what looks like a key.
 * It errs on the side of hiding too much.
 * @param value as JSON has it; a changed copy is returned
 */
export function redact(value: unknown, secrets: readonly string[]): unknown {
  const known = secrets.filter((secret) => secret !== "");
  return walk(value, (text) => hideIn(text, known));
}

function walk(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === "string") return hide(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, hide));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => {
    const isSecret = typeof field === "string" && field !== "" && SECRET_NAME.test(name);
    return [hide(name), isSecret ? HIDDEN : walk(field, hide)];
  });
  return Object.fromEntries(fields);
}

function hideIn(text: string, secrets: readonly string[]): string {
  let shown = text;
  for (const secret of secrets) shown = shown.replaceAll(secret, HIDDEN);
  for (const pattern of SECRET_TEXTS) shown = shown.replace(pattern, HIDDEN);
  return shown.replace(AFTER_NAME, (_match, name: string) => `${name}${HIDDEN}`);
}
