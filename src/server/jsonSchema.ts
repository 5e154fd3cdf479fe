import { Validator } from "@cfworker/json-schema";
import { messageOf } from "../protocol/errors.ts";
import { invalid, quote } from "../protocol/validate.ts";
import type { Json } from "../protocol/values.ts";

/** Says what is wrong with a value, in one sentence; undefined when it fits. */
export type JsonCheck = (value: unknown) => string | undefined;

const DRAFT = "2020-12";
/** Under these stand values, not schemas. */
const valueKeywords: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

/**
 * Makes a check of a caller's JSON Schema (draft 2020-12; older words such as `definitions` work too). Interpreted, not
 * compiled: no code is made of it. Why this library and not zod: docs/decisions/json-schema.md.
 * @throws BridgeError VALIDATION_FAILED for a schema that cannot be used: it refers to another place, or a pattern is broken
 */
export function jsonCheck(schema: Readonly<Record<string, Json>>): JsonCheck {
  const problem = problemIn(schema) ?? problemInUse(schema);
  if (problem !== undefined) throw invalid("schema", "schema", "a JSON Schema that can be used", "another", problem);
  const validator = new Validator(schema, DRAFT, true);
  return (value) => {
    try {
      const { valid, errors } = validator.validate(value);
      return valid ? undefined : sentenceOf(errors.at(-1));
    } catch (error) {
      return `the schema cannot be used: ${messageOf(error)}`;
    }
  };
}

/** What shows itself only in use is looked for beforehand: better now than after a turn of minutes. */
function problemIn(schema: Json): string | undefined {
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
  if (key === "$ref" && !value.startsWith("#"))
    return `nothing is fetched: '${quote(value)}' is not in the schema itself`;
  if (key !== "pattern") return undefined;
  try {
    void new RegExp(value, "u");
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** References that run in a circle, or lead nowhere from the top. */
function problemInUse(schema: Readonly<Record<string, Json>>): string | undefined {
  try {
    const validator = new Validator(schema, DRAFT, true);
    for (const value of [{}, [], "", 0, null]) validator.validate(value);
    return undefined;
  } catch (error) {
    return messageOf(error).split("\n")[0];
  }
}

function sentenceOf(error: { readonly instanceLocation: string; readonly error: string } | undefined): string {
  return error === undefined ? "it does not fit the schema" : `${error.instanceLocation}: ${error.error}`;
}
