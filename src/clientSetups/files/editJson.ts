import { applyEdits, modify, type ParseError, parse, parseTree, findNodeAtLocation } from "jsonc-parser";
import type { Json } from "../../protocol/values.ts";
import type { Entry } from "../setup.ts";

const formattingOptions = { insertSpaces: true, tabSize: 2, eol: "\n", insertFinalNewline: true };

/**
 * Puts an entry into JSON, and keeps everything else: comments, order, and other fields of the entry.
 * @throws Error if the text is not JSON, or has something else in its place
 */
export function editJson(text: string, { path, value }: Entry): string {
  const present = text.trim() === "" ? "{}\n" : text;
  assertJson(present);
  return leavesOf(path, value).reduce((edited, [at, leaf]) => {
    // The user may have chosen another list, for example of tools.
    if (Array.isArray(leaf) && hasValue(edited, at)) return edited;
    return applyEdits(edited, modify(edited, [...at], leaf, { formattingOptions }));
  }, present);
}

function assertJson(text: string): void {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error("it is not valid JSON");
}

function hasValue(text: string, path: readonly string[]): boolean {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  return tree !== undefined && findNodeAtLocation(tree, [...path]) !== undefined;
}

/** Returns the values that are no objects, with their paths. */
function leavesOf(path: readonly string[], value: Json): (readonly [readonly string[], Json])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf([...path, key], inner));
}
