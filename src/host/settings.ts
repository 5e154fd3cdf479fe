import * as vscode from "vscode";

/** Returns the settings as they are now, by their keys without the prefix `kiroBridge.`. */
export function readEditorSettings(): (key: string) => unknown {
  const configuration = vscode.workspace.getConfiguration("kiroBridge");
  return (key) => configuration.get(key);
}
