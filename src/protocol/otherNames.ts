/** Aliases of documented names: an execution has an `id`, a question an `inputType`. */
const otherNames = { executionId: "id", type: "inputType" } as const;

/**
 * Replaces aliases by documented names, so that clients can send fields back as they received them. If a request has
 * both with different values, the schema rejects it.
 * @param names documented names that this request has
 */
export function withKnownNames(request: unknown, names: readonly (keyof typeof otherNames)[]): unknown {
  if (typeof request !== "object" || request === null || Array.isArray(request)) return request;
  const fields = new Map<string, unknown>(Object.entries(request));
  for (const name of names) {
    const other = otherNames[name];
    if (!fields.has(other) || (fields.has(name) && fields.get(name) !== fields.get(other))) continue;
    fields.set(name, fields.get(other));
    fields.delete(other);
  }
  return Object.fromEntries(fields);
}
