import type * as z from "zod";
import { BridgeError } from "./errors.ts";

const LONGEST_QUOTE = 200;

/**
 * Validates `value`.
 * @throws BridgeError VALIDATION_FAILED with `{field, rule, expected, received}` of the first problem
 * (docs/wire-contract.md#3-errors)
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parse(schema, value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue === undefined) throw new BridgeError("VALIDATION_FAILED");
  const field = issue.path.map(String).join(".") || "(body)";
  const got = received(value, issue.path);
  throw invalid(field, ruleOf(issue, got), expectedBy(issue), got, quote(issue.message));
}

/** Parses safely: zod reads `length` of any value in place of a string, which throws for some objects. */
function parse<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid("(body)", "type", "values of the documented types", kindOf(value));
  }
}

/** Creates the error for a field that violates a rule. */
export function invalid(field: string, rule: string, expected: string, got: string, detail?: string): BridgeError {
  const message = `${field}: ${detail ?? `expected ${expected}, received ${got}`}`;
  return new BridgeError("VALIDATION_FAILED", message, { field, rule, expected, received: got });
}

function ruleOf(issue: z.core.$ZodIssue, got: string): string {
  if (issue.code === "invalid_type") return got === "undefined" ? "required" : "type";
  return issue.code === "custom" ? String(issue.params?.["rule"] ?? "custom") : issue.code;
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected;
    case "too_big":
      return `at most ${issue.maximum}`;
    case "too_small":
      return `at least ${issue.minimum}`;
    case "invalid_value":
      return issue.values.map(String).join(" | ");
    case "unrecognized_keys":
      return "no other fields";
    case "invalid_format":
      return issue.format;
    case "custom":
      return String(issue.params?.["expected"] ?? "a valid value");
    default:
      return "a valid value";
  }
}

/** Returns the type of the invalid value, but not the value, which may be large or private. */
function received(value: unknown, path: readonly PropertyKey[]): string {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return "undefined";
    current = Reflect.get(current, key);
  }
  return kindOf(current);
}

/** Returns "array", "null", or the result of `typeof`. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}

/** Quotes a client's text in a message: on one line, with bounded length. */
export function quote(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
