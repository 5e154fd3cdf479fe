import * as z from "zod";
import type { KnownCommand } from "../../core/ports.ts";
import { type EditorCommandId, editorCommands } from "../../protocol/editor/editorCommands.ts";
import { validate } from "../../protocol/validate.ts";
import type { Json } from "../../protocol/values.ts";

/** The commands of the bridge for programs, whose arguments and results are plain JSON. */
export const toolCommands: readonly KnownCommand[] = Object.entries(editorCommands).map(([id, { title }]) => ({
  id,
  title,
  source: "editor",
}));

export function isToolCommand(id: string): id is EditorCommandId {
  return Object.hasOwn(editorCommands, id);
}

/** Runs one of them. @throws BridgeError VALIDATION_FAILED, NOT_FOUND for a path that is not in this window */
export async function runToolCommand(id: EditorCommandId, args: readonly Json[]): Promise<object> {
  const tools = await import("./tools/editorToolsLibrary.ts");
  switch (id) {
    case "kiro.editor.context":
      argumentOf(editorCommands[id].argument, args);
      return tools.describeContext();
    case "kiro.editor.diagnostics":
      return tools.listDiagnostics(argumentOf(editorCommands[id].argument, args));
    case "kiro.editor.findSymbols":
      return tools.findSymbols(argumentOf(editorCommands[id].argument, args));
    case "kiro.editor.findReferences":
      return tools.findReferences(argumentOf(editorCommands[id].argument, args));
    case "kiro.editor.rename":
      return tools.renameSymbol(argumentOf(editorCommands[id].argument, args));
  }
}

/** Checks the only argument of a command. */
function argumentOf<T>(schema: z.ZodType<T>, args: readonly Json[]): T {
  const params = args.length === 0 ? [{}] : args;
  return validate(z.strictObject({ params: z.tuple([schema]) }), { params }).params[0];
}
