import * as vscode from "vscode";
import type { EditorCommandArgument } from "../../../protocol/editor/editorCommands.ts";
import type { EditorCommandResult } from "../../../protocol/editor/editorResults.ts";
import { openAt, pathOf, plainRange } from "./documents.ts";
import { pageOf } from "./page.ts";

/** Finds the references to the symbol at a position. */
export async function findReferences(
  argument: EditorCommandArgument<"kiro.editor.findReferences">,
): Promise<EditorCommandResult<"kiro.editor.findReferences">> {
  const { uri, position } = await openAt(argument);
  const locations = await vscode.commands.executeCommand<vscode.Location[] | undefined>(
    "vscode.executeReferenceProvider",
    uri,
    position,
  );
  const { entries, ...page } = pageOf(locations ?? [], argument);
  return { references: entries.map((each) => ({ path: pathOf(each.uri), range: plainRange(each.range) })), ...page };
}
