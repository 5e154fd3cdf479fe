import * as vscode from "vscode";

const ALL = "@ext:kiro-bridge.kiro-bridge";

/**
 * Opens the settings of this extension where they are: they are those of the machine, which a remote window keeps under a
 * tab of its own, and the tab of the user would show none of them.
 * @param argument the start of the names of those to show, such as "commands"; all of them without it
 */
export async function openSettings(argument: unknown): Promise<void> {
  const query = typeof argument === "string" && /^[\w.]+$/.test(argument) ? `@id:kiroBridge.${argument}*` : ALL;
  const command = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
  await vscode.commands.executeCommand(`workbench.action.${command}`, { query });
}
