import * as vscode from "vscode";
import type { CommandName } from "../commandTable.ts";
import { confirm, tellBriefly } from "../status/messages.ts";
import { assertRunFileSize } from "../runFile.ts";

/** What a dashboard may have done in the editor. */
export interface EditorActions {
  /** Runs one of our own commands. */
  run(command: CommandName): PromiseLike<unknown>;
  manageTrust(): PromiseLike<unknown>;
  openText(content: string, language: string): PromiseLike<unknown>;
  /** Puts a text into the clipboard, and says so. */
  copy(text: string, message: string): Promise<void>;
  /** @returns whether the person agreed. */
  confirm(question: string, detail: string, yes: string, no?: string): Promise<boolean>;
  /** @returns whether the person chose a file. */
  saveFile(name: string, content: string): Promise<boolean>;
  /** The content of a file of the person's choice. @throws BridgeError VALIDATION_FAILED for one too large for a run */
  pickFile(title: string): Promise<string | undefined>;
}

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
  pickFile: async (title) => {
    const [uri] = (await vscode.window.showOpenDialog({ title, filters, canSelectMany: false })) ?? [];
    if (uri === undefined) return undefined;
    assertRunFileSize((await vscode.workspace.fs.stat(uri)).size);
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  },
};
