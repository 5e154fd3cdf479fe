import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import type { Entry } from "../setup.ts";
import { tomlTable } from "../snippet.ts";

type Table = Record<string, unknown>;

/**
 * Puts a table into TOML, and leaves everything else as it is. The result is parsed again, and must differ by the entry
 * alone.
 * @throws Error if the text is not TOML, or has the table in a form that cannot be edited
 */
export function editToml(text: string, entry: Entry): string {
  const before = parseToml(text);
  const present = tableAt(before, entry.path);
  const merged = { ...entry, value: { ...scalarsOf(present), ...entry.value } };
  const edited = replaceTable(text, merged) ?? appendTable(text, merged);
  const wanted = withTable(before, entry.path, { ...present, ...entry.value });
  let after: Table | undefined;
  try {
    after = parseToml(edited);
  } catch {
    // Reported below: a table that is written in another form is there twice now.
  }
  if (after === undefined || !isDeepStrictEqual(after, wanted))
    throw new Error(`it has ${entry.path.join(".")} in a form that cannot be edited`);
  return edited;
}

function parseToml(text: string): Table {
  try {
    return structuredClone(parse(text));
  } catch {
    throw new Error("it is not valid TOML");
  }
}

function tableAt(table: Table, path: readonly string[]): Table {
  const found = path.reduce<unknown>((at, key) => (isTable(at) ? at[key] : undefined), table);
  return isTable(found) ? found : {};
}

function withTable(table: Table, [key = "", ...rest]: readonly string[], value: Table): Table {
  const inner = table[key];
  return { ...table, [key]: rest.length === 0 ? value : withTable(isTable(inner) ? inner : {}, rest, value) };
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Returns the fields that `tomlTable` can write: those in tables of their own stay where they are. */
function scalarsOf(table: Table): Record<string, string | number | boolean> {
  const fields: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(table)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") fields[key] = value;
  }
  return fields;
}

/** Replaces the lines of the table, up to the next one. @returns undefined if there is no such table */
function replaceTable(text: string, entry: Entry): string | undefined {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => isHeaderOf(line, entry.path));
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => /^\s*\[/.test(line));
  const rest = length < 0 ? [] : ["", ...lines.slice(start + 1 + length)];
  return [...lines.slice(0, start), tomlTable(entry).trimEnd(), ...(length < 0 ? [""] : rest)].join("\n");
}

function isHeaderOf(line: string, path: readonly string[]): boolean {
  const [, names] = /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line) ?? [];
  return (
    names
      ?.split(".")
      .map((name) => name.trim().replaceAll(/^["']|["']$/g, ""))
      .join(".") === path.join(".")
  );
}

function appendTable(text: string, entry: Entry): string {
  const present = text.trimEnd();
  return present === "" ? tomlTable(entry) : `${present}\n\n${tomlTable(entry)}`;
}
