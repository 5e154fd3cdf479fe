/**
 * Returns the integrity that the registry has of a version, from the outcome of `npm view … dist.integrity --json`; undefined if
 * there is no such version. @throws if the registry did not answer
 */
export function publishedIntegrity({ code, output, errors }) {
  const found = output.trim() === "" ? undefined : JSON.parse(output);
  if (code === 0) return typeof found === "string" ? found : undefined;
  if (found?.error?.code === "E404") return undefined;
  throw new Error(`npm view ended with code ${code}: ${found?.error?.summary ?? errors.trim()}`);
}

/** True if a version of three numbers is before another one. */
export function isOlder(version, than) {
  const numbers = (text) => text.split(".", 3).map((part) => Number.parseInt(part, 10));
  const [left, right] = [numbers(version), numbers(than)];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index >= 0 && left[index] < right[index];
}
