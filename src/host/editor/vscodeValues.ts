import * as vscode from "vscode";
import * as z from "zod";
import { BridgeError } from "../../protocol/errors.ts";
import type { Json, ObjectSpelling, Tagged } from "../../protocol/values.ts";
import { fieldsOf } from "./editorFields.ts";

const point = z.object({ line: z.int().min(0), character: z.int().min(0) });
const share = z.number().min(0).max(1);

/**
 * The encodings of the editor's objects in JSON (docs/wire-contract.md#45-values). Lines and characters are zero-based.
 */
const spellings = {
  Uri: z.object({ value: z.string() }),
  Position: point,
  Range: z.object({ start: point, end: point }),
  Selection: z.object({ anchor: point, active: point }),
  Location: z.object({ uri: z.string(), range: z.object({ start: point, end: point }) }),
  Color: z.object({ red: share, green: share, blue: share, alpha: share }),
} as const;

const tagged = z.discriminatedUnion("$type", [
  spellings.Uri.extend({ $type: z.literal("Uri") }),
  spellings.Position.extend({ $type: z.literal("Position") }),
  spellings.Range.extend({ $type: z.literal("Range") }),
  spellings.Selection.extend({ $type: z.literal("Selection") }),
  spellings.Location.extend({ $type: z.literal("Location") }),
  spellings.Color.extend({ $type: z.literal("Color") }),
]);

/**
 * Encodes objects of the editor. Checks for Selection before Range, its base class. Objects without a `$type` become
 * plain objects with their public properties.
 */
export const spellEditorObject: ObjectSpelling = (value, spell) => {
  if (value instanceof vscode.Uri) return { $type: "Uri", value: value.toString() };
  if (value instanceof vscode.Position) return { $type: "Position", ...spellPoint(value) };
  if (value instanceof vscode.Selection) {
    return { $type: "Selection", anchor: spellPoint(value.anchor), active: spellPoint(value.active) };
  }
  if (value instanceof vscode.Range) return { $type: "Range", ...spellRange(value) };
  if (value instanceof vscode.Location) {
    return { $type: "Location", uri: value.uri.toString(), range: spellRange(value.range) };
  }
  if (value instanceof vscode.Color) {
    return { $type: "Color", red: value.red, green: value.green, blue: value.blue, alpha: value.alpha };
  }
  if (value instanceof vscode.WorkspaceEdit) return { entries: spell(value.entries()) };
  // Integers in groups of five, not bytes.
  if (value instanceof vscode.SemanticTokens) return { resultId: value.resultId ?? null, data: spell([...value.data]) };
  const fields = fieldsOf(value);
  return fields && Object.fromEntries(fields.map(([key, field]) => [key, spell(field)]));
};

/** Decodes objects of the editor. @throws BridgeError VALIDATION_FAILED for an unknown `$type` or invalid fields */
export function readEditorObject(json: Tagged): object {
  const parsed = tagged.safeParse(json);
  if (!parsed.success) {
    const problem = parsed.error.issues[0];
    const field = ["params", json.$type, ...(problem?.path ?? [])].map(String).join(".");
    throw new BridgeError("VALIDATION_FAILED", `${field}: ${problem?.message ?? "not valid"}`, {
      field,
      rule: "type",
      expected: Object.keys(spellings).join(" | "),
      received: json.$type,
    });
  }
  return makeObject(parsed.data);
}

function makeObject(spelled: z.infer<typeof tagged>): object {
  switch (spelled.$type) {
    case "Uri":
      return vscode.Uri.parse(spelled.value, true);
    case "Position":
      return makePoint(spelled);
    case "Range":
      return makeRange(spelled);
    case "Selection":
      return new vscode.Selection(makePoint(spelled.anchor), makePoint(spelled.active));
    case "Location":
      return new vscode.Location(vscode.Uri.parse(spelled.uri, true), makeRange(spelled.range));
    case "Color":
      return new vscode.Color(spelled.red, spelled.green, spelled.blue, spelled.alpha);
  }
}

interface Point {
  readonly line: number;
  readonly character: number;
}

function makePoint({ line, character }: Point): vscode.Position {
  return new vscode.Position(line, character);
}

function makeRange({ start, end }: { readonly start: Point; readonly end: Point }): vscode.Range {
  return new vscode.Range(makePoint(start), makePoint(end));
}

function spellPoint({ line, character }: Point): { line: number; character: number } {
  return { line, character };
}

function spellRange({ start, end }: vscode.Range): { [key: string]: Json } {
  return { start: spellPoint(start), end: spellPoint(end) };
}
