import * as z from "zod";
import { diagnosticSeverities, MAX_ENTRIES } from "./editorTerms.ts";

const pathSchema = z
  .string()
  .min(1)
  .max(4096)
  .describe("Absolute path inside a folder of the window, or a path relative to one.");
const limitSchema = z.int().min(1).max(MAX_ENTRIES).default(100).describe("Maximum number of entries in the result.");
const offsetSchema = z
  .int()
  .min(0)
  .max(10_000_000)
  .default(0)
  .describe("Number of entries to skip: nextOffset of the previous page.");

/** A position in a file, which programs that do not count characters give by the name that is there. */
const positionFields = {
  path: pathSchema,
  line: z.int().min(0).max(10_000_000).describe("Line, zero-based."),
  character: z.int().min(0).max(10_000_000).optional().describe("Character in the line, zero-based."),
  symbol: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe("Instead of character: a name in the line, at its first occurrence as a whole word."),
} as const;

const hasOnePlace = ({ character, symbol }: { character?: number | undefined; symbol?: string | undefined }) =>
  (character === undefined) !== (symbol === undefined);
const ONE_PLACE = {
  message: "expected one of character and symbol",
  path: ["character"],
  params: { rule: "required", expected: "one of character and symbol" },
};

/** The commands of the bridge for programs, by ID, with their titles and the schemas of their only argument. */
export const editorCommands = {
  "kiro.editor.context": {
    title: "Editor: Show the Folders, the Active File, Its Selection, the Visible Editors and the Number of Problems",
    argument: z.strictObject({}),
  },
  "kiro.editor.diagnostics": {
    title: "Editor: List Problems",
    argument: z.strictObject({
      path: pathSchema.optional().describe("A file, or a folder with all files in it. Default: all files."),
      severity: z.enum(diagnosticSeverities).default("hint").describe("The least severity that is listed."),
      limit: limitSchema,
      offset: offsetSchema,
    }),
  },
  "kiro.editor.findSymbols": {
    title: "Editor: Find Symbols of the Workspace or of a File",
    argument: z
      .strictObject({
        query: z.string().min(1).max(200).optional().describe("Text in the name of the symbol."),
        path: pathSchema.optional().describe("A file, whose symbols are listed. Default: all files."),
        limit: limitSchema,
        offset: offsetSchema,
      })
      .refine(({ query, path }) => query !== undefined || path !== undefined, {
        message: "expected query, path or both",
        path: ["query"],
        params: { rule: "required", expected: "query, path or both" },
      }),
  },
  "kiro.editor.findReferences": {
    title: "Editor: Find References to a Symbol",
    argument: z
      .strictObject({ ...positionFields, limit: limitSchema, offset: offsetSchema })
      .refine(hasOnePlace, ONE_PLACE),
  },
  "kiro.editor.rename": {
    title: "Editor: Rename a Symbol in All Files",
    argument: z
      .strictObject({
        ...positionFields,
        newName: z.string().min(1).max(1000).describe("The new name of the symbol."),
        save: z.boolean().default(false).describe("Save the changed files. By default, they stay unsaved."),
      })
      .refine(hasOnePlace, ONE_PLACE),
  },
} as const;

export type EditorCommandId = keyof typeof editorCommands;

/** The argument of a command, checked and with its defaults. */
export type EditorCommandArgument<Id extends EditorCommandId> = z.infer<(typeof editorCommands)[Id]["argument"]>;
