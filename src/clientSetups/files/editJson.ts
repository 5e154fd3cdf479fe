import {
  applyEdits,
  modify,
  type FormattingOptions,
  type ParseError,
  parse,
  parseTree,
  findNodeAtLocation,
  getNodeValue,
} from "jsonc-parser";
import type { Json } from "../../protocol/values.ts";
import type { Entry } from "../setup.ts";

/**
 * Puts an entry into JSON, and keeps everything else: comments, order, and other fields of the entry.
 * @throws Error if the text is not JSON, or has something else in its place
 */
export function editJson(text: string, { path, value, item }: Entry): string {
  const present = text.trim() === "" ? "{}\n" : text;
  assertJson(present);
  const edited = leavesOf(path, value).reduce((former, [at, leaf]) => {
    // The user may have chosen another list, for example of tools.
    if (Array.isArray(leaf) && valueAt(former, at) !== undefined) return former;
    return applyEdits(former, modify(former, [...at], leaf, { formattingOptions: formatOf(former) }));
  }, present);
  return item === undefined ? edited : addItem(edited, item);
}

/** Adds an item to a list, unless there is one with its ID. */
function addItem(text: string, { list, value }: NonNullable<Entry["item"]>): string {
  const items = valueAt(text, [list]) ?? [];
  if (!Array.isArray(items)) throw new Error(`its ${list} are no list`);
  if (items.some((each: unknown) => Object(each)["id"] === value.id)) return text;
  const options = { formattingOptions: formatOf(text), isArrayInsertion: true };
  return applyEdits(text, modify(text, [list, items.length], value, options));
}

/** Returns the indentation and the line ends that a file has. */
function formatOf(text: string): FormattingOptions {
  const [, indentation = "  "] = /^([ \t]+)\S/m.exec(text) ?? [];
  return {
    insertSpaces: !indentation.includes("\t"),
    tabSize: indentation.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    insertFinalNewline: true,
  };
}

function assertJson(text: string): void {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("it is not valid JSON");
}

function valueAt(text: string, path: readonly string[]): unknown {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const node = tree && findNodeAtLocation(tree, [...path]);
  return node && getNodeValue(node);
}

/** Returns the values that are no objects, with their paths. */
function leavesOf(path: readonly string[], value: Json): (readonly [readonly string[], Json])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf([...path, key], inner));
}
