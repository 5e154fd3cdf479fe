import * as vscode from "vscode";

/** Shows a document that the extension contains, in the preview of the editor. @param name of a file in dist/documents */
export async function openDocument(name: string): Promise<void> {
  const root = vscode.extensions.getExtension("kiro-bridge.kiro-bridge")?.extensionUri;
  if (root === undefined) return;
  const file = vscode.Uri.joinPath(root, "dist", "documents", name);
  await vscode.commands.executeCommand("markdown.showPreview", file);
}
