import * as vscode from "vscode";

const ALL = "@ext:kiro-bridge.kiro-bridge";

/**
 * Opens the settings of this extension, which are machine settings: a remote window shows them in a separate tab.
 * @param argument prefix of the setting names to show, such as "commands"; shows all if omitted
 */
export async function openSettings(argument: unknown): Promise<void> {
  const query = typeof argument === "string" && /^[\w.]+$/.test(argument) ? `@id:kiroBridge.${argument}*` : ALL;
  const command = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
  await vscode.commands.executeCommand(`workbench.action.${command}`, { query });
}
