import * as vscode from "vscode";
import type { EditorCommandResult } from "../../../protocol/editor/editorResults.ts";
import { allDiagnostics, severityOf } from "./diagnostics.ts";
import { pathOf, plainRange } from "./documents.ts";

type Context = EditorCommandResult<"kiro.editor.context">;

/** Maximum number of characters of the selected text. */
const MAX_SELECTED_TEXT = 20_000;
/** Maximum number of folders, and of visible editors. */
const MAX_LISTED = 200;

/** Describes what the user has in front of them. */
export function describeContext(): Context {
  const active = vscode.window.activeTextEditor;
  const folders = vscode.workspace.workspaceFolders ?? [];
  return {
    folders: folders.slice(0, MAX_LISTED).map(({ name, uri }) => ({ name, path: pathOf(uri) })),
    ...(active !== undefined && isInGroup(active) && { activeFile: describeActive(active) }),
    visibleEditors: vscode.window.visibleTextEditors.filter(isInGroup).slice(0, MAX_LISTED).map(describeVisible),
    diagnostics: countDiagnostics(),
  };
}

/** Returns false for the text editors of panels, such as the output. */
function isInGroup({ viewColumn }: vscode.TextEditor): boolean {
  return viewColumn !== undefined;
}

function describeDocument({ uri, languageId, isDirty }: vscode.TextDocument) {
  return { path: pathOf(uri), languageId, isDirty };
}

function describeActive({ document, selection, selections }: vscode.TextEditor): Context["activeFile"] {
  const end = document.offsetAt(selection.end);
  const kept = Math.min(end, document.offsetAt(selection.start) + MAX_SELECTED_TEXT);
  return {
    ...describeDocument(document),
    lineCount: document.lineCount,
    selection: plainRange(selection),
    selectionCount: selections.length,
    selectedText: document.getText(new vscode.Range(selection.start, document.positionAt(kept))),
    isSelectedTextTruncated: kept < end,
  };
}

function describeVisible({ document, visibleRanges }: vscode.TextEditor): Context["visibleEditors"][number] {
  return {
    ...describeDocument(document),
    visibleLines: { start: visibleRanges.at(0)?.start.line ?? 0, end: visibleRanges.at(-1)?.end.line ?? 0 },
  };
}

function countDiagnostics(): Context["diagnostics"] {
  const counts = { files: 0, error: 0, warning: 0, information: 0, hint: 0 };
  for (const [, diagnostics] of allDiagnostics()) {
    counts.files++;
    for (const diagnostic of diagnostics) counts[severityOf(diagnostic)]++;
  }
  return counts;
}
