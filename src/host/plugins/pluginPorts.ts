import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import * as vscode from "vscode";
import type { PluginPorts } from "../../plugins/hub/hosting/windowPlugins.ts";
import { confirm, tell } from "../status/messages.ts";
import { askForPlugin } from "./pluginQuestion.ts";

const START_AGAIN = l10n.t("Start Again");
const SHOW = l10n.t("Show Plugins");

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
      const message = l10n.t("Kiro Bridge: The plugin “{0}” is not restarted any more.", name);
      return (await tell("error", `${message} ${translate(detail)}`, START_AGAIN)) === START_AGAIN;
    },
    report: ({ folder, message }) => {
      const said = l10n.t("Kiro Bridge: The plugin in {0} is not used.", folder);
      void tell("warning", `${said} ${translate(message)}`, SHOW).then((button) => {
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
