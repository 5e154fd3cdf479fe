import * as vscode from "vscode";
import type { PluginPorts } from "../../plugins/hub/hosting/windowPlugins.ts";
import { confirm, tell } from "../status/messages.ts";
import { askForPlugin } from "./pluginQuestion.ts";

const START_AGAIN = "Start Again";
const SHOW = "Show Plugins";

/** Asks and tells the user of this window, whose answers the extension keeps for all windows. */
export function pluginPorts({ globalState }: Pick<vscode.ExtensionContext, "globalState">): PluginPorts {
  return {
    approvals: {
      get: (key) => globalState.get(key),
      set: (key, value) => globalState.update(key, value),
    },
    ask: (request) =>
      askForPlugin(
        {
          ask: (message, ...buttons) => tell("information", message, ...buttons),
          confirm: (question, detail, yes) => confirm({ question, detail, yes }),
        },
        request,
      ),
    failed: async ({ name, detail = "" }) => {
      const message = `Kiro Bridge: The plugin “${name}” is not restarted any more. ${detail}`;
      return (await tell("error", message, START_AGAIN)) === START_AGAIN;
    },
    report: ({ folder, message }) => {
      void tell("warning", `Kiro Bridge: The plugin in ${folder} is not used. ${message}`, SHOW).then((button) => {
        if (button === SHOW) void vscode.commands.executeCommand("kiroBridge.showPlugins");
      });
    },
    workspaceFolders: () =>
      vscode.workspace.isTrusted
        ? (vscode.workspace.workspaceFolders ?? [])
            .filter(({ uri }) => uri.scheme === "file")
            .map(({ uri }) => uri.fsPath)
        : [],
    onDidChangeFolders: (listener) => vscode.workspace.onDidChangeWorkspaceFolders(listener),
  };
}
