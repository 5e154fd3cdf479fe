import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { offer } from "../status/messages.ts";

/** Replaces the Kiro CLI by the built-in simulator, through the user's setting. */
export async function useSimulator(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("kiroBridge");
  await settings.update("cli.path", "simulator", vscode.ConfigurationTarget.Global);
  const message = l10n.t(
    "Kiro Bridge: The simulator now answers instead of Kiro CLI. Its answers are made up and marked as simulated. To use Kiro CLI again, clear kiroBridge.cli.path.",
  );
  void offer("information", message, {
    [l10n.t("Ask Kiro CLI…")]: "askCli",
    [l10n.t("Open Settings")]: "openSettings",
  });
}
