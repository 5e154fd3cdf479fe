import * as vscode from "vscode";
import { readSettings, type SettingsReading } from "./settingsTable.ts";

export const SECTION = "kiroBridge";

/** The settings as they are now. */
export function readEditorSettings(): SettingsReading {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  return readSettings((key) => configuration.get(key));
}
