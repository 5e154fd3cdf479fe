import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import type { Bridge } from "../compose.ts";
import { outsideText } from "../outsideText.ts";
import { confirm, tell, tellBriefly } from "../status/messages.ts";
import { promptForAccess } from "./accessPrompts.ts";

/** Asks in messages of the editor. A program could select a button by a command, so the user is asked again while one runs. */
export function promptInEditor({ access, dispatcher }: Pick<Bridge, "access" | "dispatcher">): void {
  promptForAccess({
    access,
    ask: (message, ...buttons) => tell("information", message, ...buttons),
    isWanted: async () => {
      const detail = outsideText(dispatcher.latestOutsideCommand());
      const question = {
        question: l10n.t("Kiro Bridge: Allow access?"),
        yes: l10n.t("Allow"),
        no: l10n.t("Ignore"),
        isUnexpected: true,
      };
      return detail === undefined || confirm({ ...question, detail });
    },
    tell: tellBriefly,
    showAccess: () => void vscode.commands.executeCommand("kiroBridge.showAccess"),
  });
}
