import * as vscode from "vscode";
import { readSettings, type SettingsReading } from "../bridge/settingsTable.ts";

/** The settings as they are now. */
export function readEditorSettings(): SettingsReading {
  const configuration = vscode.workspace.getConfiguration("kiroBridge");
  return readSettings((key) => configuration.get(key));
}
