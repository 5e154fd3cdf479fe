import * as vscode from "vscode";

/** Shows a section of README.md in the preview of the editor. @param anchor of its heading */
export async function openReadme(anchor: string): Promise<void> {
  const root = vscode.extensions.getExtension("kiro-bridge.kiro-bridge")?.extensionUri;
  if (root === undefined) return;
  // `vsce` changes the name to lower case.
  const files = (await vscode.workspace.fs.readDirectory(root)).map(([name]) => name);
  const name = files.find((file) => file.toLowerCase() === "readme.md") ?? "README.md";
  const file = vscode.Uri.joinPath(root, name).with({ fragment: anchor });
  await vscode.commands.executeCommand("markdown.showPreview", file);
}
