import type { Shape } from "./contractShapes.ts";

/** Returns the kind of a JSON value. */
function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return kindOf(value) === "object";
}

/** The paths to all values in samples, each with the kind of the value, sorted and without repetition. */
export function pathsOf(samples: readonly unknown[]): string[] {
  const paths = new Set<string>();
  const visit = (value: unknown, path: string): void => {
    paths.add(`${path}: ${kindOf(value)}`);
    if (Array.isArray(value)) for (const item of value) visit(item, `${path}[]`);
    else if (isObject(value)) for (const [name, field] of Object.entries(value)) visit(field, `${path}.${name}`);
  };
  for (const sample of samples) visit(sample, "");
  return [...paths].toSorted();
}

/** Lists the places where a value does not have the shape that a client reads. Further fields are allowed. */
export function mismatches(value: unknown, shape: Shape, at: string): string[] {
  switch (shape.kind) {
    case "any":
      return [];
    case "integer":
      return Number.isInteger(value) ? [] : [`${at}: no integer`];
    case "enum":
      return shape.values.includes(value) ? [] : [`${at}: none of the values`];
    case "list":
      return Array.isArray(value)
        ? value.flatMap((item) => mismatches(item, shape.item, `${at}[]`))
        : [`${at}: no list`];
    case "map":
      return isObject(value) ? [] : [`${at}: no object`];
    case "object":
      return isObject(value) ? fieldMismatches(value, shape.fields, at) : [`${at}: no object`];
    default:
      return kindOf(value) === shape.kind ? [] : [`${at}: no ${shape.kind}`];
  }
}

function fieldMismatches(
  value: Readonly<Record<string, unknown>>,
  fields: Extract<Shape, { kind: "object" }>["fields"],
  at: string,
): string[] {
  return Object.entries(fields).flatMap(([name, { isRequired, shape }]) => {
    const field = value[name];
    if (field !== undefined) return mismatches(field, shape, `${at}.${name}`);
    return isRequired && shape.kind !== "any" ? [`${at}.${name}: missing`] : [];
  });
}
