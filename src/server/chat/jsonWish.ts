import { isDeeperThan, MAX_VALUE_DEPTH } from "../../protocol/values.ts";

/** Extracts and validates the JSON of an answer. */
export interface JsonWish {
  /** Returns undefined if there is none. */
  readonly extract: (text: string) => unknown;
  /** Describes why it is invalid, as the end of a sentence, or returns undefined. */
  readonly problemOf: (json: unknown) => Promise<string | undefined>;
}

/** The JSON fields of the body. */
export type JsonFinding =
  | { readonly json: unknown }
  | { readonly success: false; readonly code: "COMMAND_EXECUTION_FAILED"; readonly error: string };

/** Adds the schema to the prompt, because the CLI does not know it. */
export function askingForJson(prompt: string, schema: object): string {
  return `${prompt}\n\nAnswer with one JSON value in a fence of \`\`\`json. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;
}

/**
 * Extracts the JSON of an answer. Nothing is repaired or invented: missing or invalid JSON is a failure
 * (docs/kiro-cli.md#m24).
 */
export async function findJsonIn(text: string, { extract, problemOf }: JsonWish): Promise<JsonFinding> {
  const json = extract(text);
  if (json === undefined) return noJson("The answer contains no JSON.");
  if (isDeeperThan(json, MAX_VALUE_DEPTH)) {
    return noJson(`The JSON in the answer is nested deeper than ${MAX_VALUE_DEPTH} levels.`);
  }
  const problem = await problemOf(json);
  return problem === undefined ? { json } : noJson(`The JSON in the answer ${problem}.`);
}

function noJson(error: string): JsonFinding {
  return { success: false, code: "COMMAND_EXECUTION_FAILED", error };
}
