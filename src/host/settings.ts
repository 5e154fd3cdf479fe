import * as vscode from "vscode";
import { readSettings, type Settings } from "../bridge/settingsTable.ts";

/** Returns the settings as they are now, by their keys without the prefix `kiroBridge.`. */
export function readEditorSettings(): (key: string) => unknown {
  const configuration = vscode.workspace.getConfiguration("kiroBridge");
  return (key) => configuration.get(key);
}

/** Returns the setting that the next start of the bridge uses. */
export function discoveryMode(): Settings["auth.discovery"] {
  return readSettings(readEditorSettings()).settings["auth.discovery"];
}
