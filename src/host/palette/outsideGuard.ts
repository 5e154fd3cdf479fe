import * as l10n from "@vscode/l10n";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import { type CommandName, GUARDED_COMMANDS, type GuardedCommand } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { confirm } from "../status/messages.ts";
import { outsideText } from "../outsideText.ts";
import type { CommandAction } from "./register.ts";

/**
 * Asks the user before a guarded command runs while a program has the editor do something, or has just done so. The
 * policy denies these commands to programs, but an editor command may run others (a picker, a task, a launch
 * configuration), and the editor does not report who ran a command.
 */
export function guardFromOutside<A extends Readonly<Record<CommandName, CommandAction>>>(
  toggle: BridgeSwitch<Bridge>,
  actions: A,
): A {
  const guard = (name: GuardedCommand): CommandAction => {
    return async (argument) => {
      const yes = GUARDED_COMMANDS[name];
      const detail = outsideText(toggle.bridge?.dispatcher.latestOutsideCommand());
      const question = { question: `Kiro Bridge: ${yes}?`, yes, no: l10n.t("Ignore"), isUnexpected: true };
      const isWanted = detail === undefined || (await confirm({ ...question, detail }));
      return isWanted ? actions[name](argument) : undefined;
    };
  };
  const guarded: Record<GuardedCommand, CommandAction> = {
    copyToken: guard("copyToken"),
    rotateToken: guard("rotateToken"),
    copyCurl: guard("copyCurl"),
    executeCommand: guard("executeCommand"),
    askCli: guard("askCli"),
    exportRun: guard("exportRun"),
    exportAudit: guard("exportAudit"),
    createToken: guard("createToken"),
    connectClient: guard("connectClient"),
    startPlugin: guard("startPlugin"),
    approvePlugin: guard("approvePlugin"),
    addModel: guard("addModel"),
    removeModel: guard("removeModel"),
    setModelKey: guard("setModelKey"),
    allowEditorModels: guard("allowEditorModels"),
    setExportSecret: guard("setExportSecret"),
    testExport: guard("testExport"),
    replayDeadLetters: guard("replayDeadLetters"),
  };
  return { ...actions, ...guarded };
}
