import { readFile, stat } from "node:fs/promises";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { messageOf } from "../../protocol/errors.ts";
import { editorSetting, keyOf, settingSchemas, unknownSetting } from "./knownSettings.ts";
import { emptyLayer, invalidValues, type SettingsLayer } from "./settingsLayer.ts";

const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 8;

/** Reads the settings of a file. One that is missing or cannot be read is a problem of the layer. */
export async function readConfigFile(path: string): Promise<SettingsLayer> {
  try {
    if ((await stat(path)).size > MAX_BYTES)
      return { ...emptyLayer, problems: [`${path} is larger than ${MAX_BYTES} bytes.`] };
    return parseConfig(path, await readFile(path, "utf8"));
  } catch (error) {
    return { ...emptyLayer, problems: [`${path} cannot be read: ${messageOf(error)}`] };
  }
}

/** Reads settings from JSON with comments. Keys are those of the editor, whole or nested, with or without `kiroBridge`. */
export function parseConfig(path: string, text: string): SettingsLayer {
  const errors: ParseError[] = [];
  const root: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    const problem = `${path}, ${placeOf(text, error.offset)}: ${printParseErrorCode(error.error)}.`;
    return { ...emptyLayer, problems: [problem] };
  }
  if (!isObject(root)) return { ...emptyLayer, problems: [`${path}: Expected an object of settings.`] };
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  flatten(root, [], { values, problems });
  const warnings = [...values.keys()].map(editorSetting).filter((warning) => warning !== undefined);
  return {
    values,
    problems: [...problems, ...invalidValues(values)].map((problem) => `${path}: ${problem}`),
    warnings: warnings.map((warning) => `${path}: ${warning}`),
  };
}

interface Found {
  readonly values: Map<string, unknown>;
  readonly problems: string[];
}

function flatten(object: object, path: readonly string[], found: Found): void {
  for (const [name, value] of Object.entries(object)) {
    const names = [...path, name];
    const key = keyOf(names.join("."));
    if (settingSchemas.has(key)) {
      if (found.values.has(key)) found.problems.push(`The setting ${key} is there twice.`);
      found.values.set(key, value);
    } else if (isObject(value) && names.length < MAX_DEPTH && isGroup(key)) flatten(value, names, found);
    else if (key !== "$schema") found.problems.push(unknownSetting(key));
  }
}

/** Returns true if settings begin with a key, such as `api`. */
function isGroup(key: string): boolean {
  return key === "kiroBridge" || [...settingSchemas.keys()].some((known) => known.startsWith(`${key}.`));
}

function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
