import * as z from "zod";

/** Returns the paths of the keys that a schema does not name, where it names some. */
export function unknownKeys(
  schema: unknown,
  value: unknown,
  path: readonly PropertyKey[] = [],
): (readonly PropertyKey[])[] {
  if (schema instanceof z.ZodOptional) return unknownKeys(schema.unwrap(), value, path);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.flatMap((item, at) => unknownKeys(schema.element, item, [...path, at]));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  // Of the alternatives in a manifest, at most one is an object.
  if (schema instanceof z.ZodUnion) {
    const option = schema.options.find((each) => each instanceof z.ZodObject);
    return unknownKeys(option, value, path);
  }
  if (!(schema instanceof z.ZodObject)) return [];
  const { shape } = schema;
  return Object.entries(value).flatMap(([key, inner]) =>
    Object.hasOwn(shape, key) ? unknownKeys(shape[key], inner, [...path, key]) : [[...path, key]],
  );
}
