/** Returns what is secret in the value of a header: all of it, and what is behind its scheme (`Bearer …`). */
export function headerSecrets(value: string): readonly string[] {
  const [, credentials] = /^[A-Za-z][\w-]*[ \t]+(\S.*)$/.exec(value.trim()) ?? [];
  return credentials === undefined ? [value] : [value, credentials];
}
