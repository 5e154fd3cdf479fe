/** Fields that are called differently elsewhere, by their documented names: an execution has an `id`, a question an `inputType`. */
const otherNames = { executionId: "id", type: "inputType" } as const;

/**
 * Puts the documented names into what a client sends, so that whatever it has read can be sent back as it is called there.
 * A field that comes under both names with two meanings stays, and the schema refuses it.
 * @param names the documented names that this request has
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
