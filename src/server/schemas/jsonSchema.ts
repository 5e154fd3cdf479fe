import { Validator } from "@cfworker/json-schema";

/** A JSON Schema of a caller, and a value that came from JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const DRAFT = "2020-12";
/** Under these stand values, not schemas. */
const valueKeywords: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);
const LONGEST_QUOTE = 200;

/**
 * Says why a JSON Schema (draft 2020-12; older words such as `definitions` work too) cannot be used: it refers to another
 * place or runs in a circle, or a pattern is broken. What shows itself only in use is looked for beforehand: better now
 * than after a turn of minutes. Why this library and not zod: docs/decisions/json-schema.md.
 */
export function problemOfSchema(schema: JsonSchema): string | undefined {
  try {
    const found = problemIn(schema);
    if (found !== undefined) return found;
    const validator = new Validator(schema, DRAFT, true);
    for (const value of [{}, [], "", 0, null]) validator.validate(value);
    return undefined;
  } catch (error) {
    return firstLineOf(error);
  }
}

/** Says what is wrong with a value, in one sentence; undefined when it fits. Interpreted, not compiled: no code is made of a schema. */
export function problemOfValue(schema: JsonSchema, value: unknown): string | undefined {
  try {
    const { valid, errors } = new Validator(schema, DRAFT, true).validate(value);
    return valid ? undefined : sentenceOf(errors.at(-1));
  } catch (error) {
    return `the schema cannot be used: ${firstLineOf(error)}`;
  }
}

function problemIn(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  for (const [key, value] of Object.entries(schema)) {
    if (valueKeywords.has(key)) continue;
    const own = typeof value === "string" ? problemOf(key, value) : undefined;
    const found = own ?? problemIn(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function problemOf(key: string, value: string): string | undefined {
  if (key === "$ref" && !value.startsWith("#")) {
    return `references are not fetched: '${value.slice(0, LONGEST_QUOTE)}' is not in the schema itself`;
  }
  // Throws for one that is broken.
  if (key === "pattern") void new RegExp(value, "u");
  return undefined;
}

function sentenceOf(error: { readonly instanceLocation: string; readonly error: string } | undefined): string {
  return error === undefined ? "it does not match the schema" : `${error.instanceLocation}: ${error.error}`;
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
