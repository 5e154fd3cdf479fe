import * as z from "zod";
import type { EditorCommandId } from "./editorCommands.ts";
import { diagnosticSeverities } from "./editorTerms.ts";

const path = z.string().describe("Absolute path; of a document that is not a file, its URI.");
const count = z.int().min(0);
const point = z.strictObject({ line: count, character: count }).describe("Zero-based.");
const range = z.strictObject({ start: point, end: point });

/** The fields of a list of which a page is returned. */
const page = {
  total: count.describe("Number of entries on all pages."),
  nextOffset: count.optional().describe("Set if there are more entries: the offset of the next page."),
} as const;

const openDocument = {
  path,
  languageId: z.string(),
  isDirty: z.boolean().describe("True if it has changes that are not saved."),
} as const;

const activeFile = z.strictObject({
  ...openDocument,
  lineCount: count,
  selection: range.describe("The first selection; empty where the cursor is."),
  selectionCount: count,
  selectedText: z.string(),
  isSelectedTextTruncated: z.boolean(),
});

const visibleEditor = z.strictObject({ ...openDocument, visibleLines: z.strictObject({ start: count, end: count }) });

/** The results of the commands for programs, by ID (docs/wire-contract.md#410-commands-of-the-editor-for-programs). */
export const editorResults = {
  "kiro.editor.context": z.strictObject({
    folders: z.array(z.strictObject({ name: z.string(), path })),
    activeFile: activeFile.optional(),
    visibleEditors: z.array(visibleEditor),
    diagnostics: z
      .strictObject({ files: count, error: count, warning: count, information: count, hint: count })
      .describe("Number of problems by severity, and of files that have any."),
  }),
  "kiro.editor.diagnostics": z.strictObject({
    diagnostics: z.array(
      z.strictObject({
        path,
        range,
        severity: z.enum(diagnosticSeverities),
        message: z.string(),
        source: z.string().optional(),
        code: z.string().optional(),
      }),
    ),
    ...page,
  }),
  "kiro.editor.findSymbols": z.strictObject({
    symbols: z.array(
      z.strictObject({
        name: z.string(),
        kind: z.string().describe("Class, Function, Variable, …"),
        container: z.string().optional(),
        path,
        range: range.describe("The name, where the editor knows it, or else the whole symbol."),
      }),
    ),
    ...page,
  }),
  "kiro.editor.findReferences": z.strictObject({ references: z.array(z.strictObject({ path, range })), ...page }),
  "kiro.editor.rename": z.strictObject({
    files: z
      .array(z.strictObject({ path, edits: count, isSaved: z.boolean() }))
      .describe("The first 1,000 changed files."),
    totalFiles: count,
    totalEdits: count,
    fileOperations: z
      .array(z.strictObject({ kind: z.enum(["create", "move", "delete"]), path, to: path.optional() }))
      .describe("The first 1,000 files that were created, moved or deleted, such as the file of a renamed class."),
  }),
} as const satisfies Record<EditorCommandId, z.ZodType>;

export type EditorCommandResult<Id extends EditorCommandId> = z.infer<(typeof editorResults)[Id]>;
