import { Validator } from "@cfworker/json-schema";

/** A JSON Schema of a client or of a plugin, as parsed from JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const DRAFT = "2020-12";
/** Keywords that contain values, not schemas. */
const valueKeywords: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);
const LONGEST_QUOTE = 200;

/**
 * Describes why a JSON Schema (draft 2020-12, with older keywords such as `definitions`) cannot be used: an external or
 * circular reference, or an invalid pattern. Errors that the library only finds during validation are detected up
 * front, not after a turn of several minutes. The choice of the library: docs/decisions/json-schema.md.
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

/**
 * Describes in one sentence why a value is invalid, or returns undefined. The schema is interpreted; no code is
 * generated from it.
 */
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
  // Throws if the pattern is invalid.
  if (key === "pattern") void new RegExp(value, "u");
  return undefined;
}

function sentenceOf(error: { readonly instanceLocation: string; readonly error: string } | undefined): string {
  return error === undefined ? "it does not match the schema" : `${error.instanceLocation}: ${error.error}`;
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
