/** The deepest nesting of a manifest; ours needs 6 levels, and the JSON Schema of a method some more. */
const MAX_DEPTH = 40;

/** Returns true if brackets are nested deeper than any manifest needs. Reads the text, so that nothing is built before. */
export function isNestedTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (isInString) {
      if (sign === "\\") at++;
      else if (sign === '"') isInString = false;
    } else if (sign === '"') isInString = true;
    else if (sign === "{" || sign === "[") {
      if (++depth > MAX_DEPTH) return true;
    } else if (sign === "}" || sign === "]") depth--;
  }
  return false;
}

/** Returns the path of a key `__proto__`, which would change what other code finds in the object. */
export function prototypeKeyIn(value: unknown, path: readonly PropertyKey[] = []): readonly PropertyKey[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, "__proto__")) return [...path, "__proto__"];
  for (const [key, inner] of Object.entries(value)) {
    const found = prototypeKeyIn(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
