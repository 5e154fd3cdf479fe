import * as l10n from "@vscode/l10n";
import type * as vscode from "vscode";
import { BridgeError } from "../../../protocol/errors.ts";
import { outsideText } from "../../outsideText.ts";
import type { Confirmation } from "../../status/messages.ts";

export interface PromptGuardDeps {
  readonly api: Pick<typeof vscode, "LanguageModelToolResultPart">;
  /** Returns the command that a program has just run in this editor, if there is one. */
  readonly latestOutsideCommand: () => string | undefined;
  readonly confirm: (question: Confirmation) => Promise<boolean>;
}

/**
 * Asks the user if a program may have caused a prompt, by a command that opens the chat of the editor: the prompt would run
 * with the rights of the user.
 * @throws BridgeError ACCESS_DENIED if the user has not sent it
 */
export async function assertFromUser(
  { api, latestOutsideCommand, confirm }: PromptGuardDeps,
  messages: readonly vscode.LanguageModelChatRequestMessage[],
): Promise<void> {
  const detail = outsideText(latestOutsideCommand());
  // Results of tools continue a prompt, and the tools of this bridge are commands of a program.
  const isContinued = messages.at(-1)?.content.some((part) => part instanceof api.LanguageModelToolResultPart);
  if (detail === undefined || isContinued === true) return;
  const question = l10n.t("Kiro Bridge: Send this prompt of the chat?");
  if (await confirm({ question, detail, yes: l10n.t("Send Prompt"), no: l10n.t("Ignore"), isUnexpected: true })) return;
  throw new BridgeError("ACCESS_DENIED", "The prompt was not sent, because a program may have caused it.");
}
