import * as vscode from "vscode";

/**
 * Reads from the editor's own startup report how long loading and activating an extension took.
 * @returns undefined when the report has no line about it.
 */
export async function readActivationTimes(
  extensionId: string,
): Promise<{ requireMs: number; activateMs: number } | undefined> {
  await vscode.commands.executeCommand("perfview.show");
  const report = vscode.window.activeTextEditor?.document.getText() ?? "";
  await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  const line = report.split("\n").find((row) => row.includes(`| ${extensionId} `));
  // Extension | Eager | Load Code | Call Activate | Finish Activate | Event | By
  const [load, call] = (line?.split("|") ?? []).map((cell) => cell.trim()).slice(3, 5);
  return load === undefined || call === undefined ? undefined : { requireMs: Number(load), activateMs: Number(call) };
}
