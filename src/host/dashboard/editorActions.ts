import * as vscode from "vscode";
import type { EditorActions } from "../../dashboard/channel/editorActions.ts";
import { confirm, tellBriefly } from "../status/messages.ts";
import { assertRunFileSize, parseRun } from "../runFile.ts";

const filters = { "Kiro Bridge run": ["json"] };

export const editorActions: EditorActions = {
  run: (command) => vscode.commands.executeCommand(`kiroBridge.${command}`),
  manageTrust: () => vscode.commands.executeCommand("workbench.trust.manage"),
  openText: async (content, language) =>
    vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language })),
  copy: async (text, message) => {
    await vscode.env.clipboard.writeText(text);
    tellBriefly(`Kiro Bridge: ${message}`);
  },
  confirm: (question, detail, yes, no) => confirm({ question, detail, yes, ...(no !== undefined && { no }) }),
  saveFile: async (name, content) => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const uri = await vscode.window.showSaveDialog({
      filters,
      ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }),
    });
    if (uri === undefined) return false;
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(content));
    return true;
  },
  openRun: async () => {
    const [uri] = (await vscode.window.showOpenDialog({ title: "Open Run", filters, canSelectMany: false })) ?? [];
    if (uri === undefined) return undefined;
    assertRunFileSize((await vscode.workspace.fs.stat(uri)).size);
    return parseRun(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  },
};
