import * as vscode from "vscode";
import type { NamedArchive } from "../../core/runArchive.ts";
import type { EditorActions } from "../../dashboard/channel/editorActions.ts";
import { copiedWords, questionWords } from "../../dashboard/contract/questions.ts";
import { confirm, tellBriefly } from "../status/messages.ts";
import { confirmClearHistory, saveRun, selectRun } from "../runDialogs.ts";
import { openDocument } from "./openDocument.ts";

/** @param archives returns those that the user can open runs of */
export const editorActionsOf = (archives: () => readonly NamedArchive[]): EditorActions => ({
  run: (command, argument) => vscode.commands.executeCommand(`kiroBridge.${command}`, argument),
  manageTrust: () => vscode.commands.executeCommand("workbench.trust.manage"),
  openDocument,
  openText: async (content, language) =>
    vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language })),
  copy: async (text, copied) => {
    await vscode.env.clipboard.writeText(text);
    tellBriefly(`Kiro Bridge: ${copiedWords(copied)}`);
  },
  confirm: (question) => confirm(questionWords(question)),
  confirmClearHistory,
  saveRun: async (run) => (await saveRun(run)) !== undefined,
  openRun: () => selectRun(archives()),
});
