import * as vscode from "vscode";
import type { EditorCommandArgument } from "../../../protocol/editor/editorCommands.ts";
import type { EditorCommandResult } from "../../../protocol/editor/editorResults.ts";
import { MAX_ENTRIES } from "../../../protocol/editor/editorTerms.ts";
import { isInWindow, openAt, pathOf } from "./documents.ts";

type Result = EditorCommandResult<"kiro.editor.rename">;

/**
 * Renames the symbol at a position in all files of this window. The editor's undo takes it back.
 * @throws Error if nothing can be renamed there, or if the text of a file outside this window would change
 */
export async function renameSymbol(argument: EditorCommandArgument<"kiro.editor.rename">): Promise<Result> {
  const { uri, position } = await openAt(argument);
  const edit = await vscode.commands.executeCommand<vscode.WorkspaceEdit | undefined>(
    "vscode.executeDocumentRenameProvider",
    uri,
    position,
    argument.newName,
  );
  const changes = edit?.entries() ?? [];
  if (edit === undefined || changes.length === 0)
    throw new Error("The editor knows no symbol there that can be renamed.");
  for (const [changed] of changes) await assertInWindow(changed);
  const fileOperations = await apply(edit);
  if (argument.save) await saveAll(changes.map(([changed]) => changed));
  return {
    files: changes.slice(0, MAX_ENTRIES).map(([changed, edits]) => ({
      path: pathOf(changed),
      edits: edits.length,
      isSaved: !isUnsaved(changed),
    })),
    totalFiles: changes.length,
    totalEdits: changes.reduce((sum, [, edits]) => sum + edits.length, 0),
    fileOperations: fileOperations.slice(0, MAX_ENTRIES),
  };
}

async function assertInWindow(uri: vscode.Uri): Promise<void> {
  if (!(await isInWindow(uri)))
    throw new Error(`The rename would change ${pathOf(uri)}, which is in no folder of this window.`);
}

/** Applies an edit, and returns the files that it has created, moved or deleted, which only events tell. */
async function apply(edit: vscode.WorkspaceEdit): Promise<Result["fileOperations"]> {
  const operations: Result["fileOperations"] = [];
  const listening = vscode.Disposable.from(
    vscode.workspace.onDidCreateFiles(({ files }) => {
      for (const uri of files) operations.push({ kind: "create", path: pathOf(uri) });
    }),
    vscode.workspace.onDidRenameFiles(({ files }) => {
      for (const { oldUri, newUri } of files)
        operations.push({ kind: "move", path: pathOf(oldUri), to: pathOf(newUri) });
    }),
    vscode.workspace.onDidDeleteFiles(({ files }) => {
      for (const uri of files) operations.push({ kind: "delete", path: pathOf(uri) });
    }),
  );
  try {
    if (!(await vscode.workspace.applyEdit(edit))) throw new Error("The editor could not apply the rename.");
    return operations;
  } finally {
    listening.dispose();
  }
}

async function saveAll(uris: readonly vscode.Uri[]): Promise<void> {
  for (const uri of uris) {
    const document = vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
    if (document?.isDirty === true) await document.save();
  }
}

function isUnsaved(uri: vscode.Uri): boolean {
  const text = uri.toString();
  return vscode.workspace.textDocuments.some((document) => document.isDirty && document.uri.toString() === text);
}
