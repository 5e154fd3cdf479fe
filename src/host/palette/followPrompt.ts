import * as l10n from "@vscode/l10n";
import { editorUser } from "../../core/access/principal.ts";
import { onAbort } from "../../base/abort.ts";
import type { Execution } from "../../core/executions/execution.ts";
import type { Bridge } from "../compose.ts";
import { showProgress } from "../status/messages.ts";
import { titleOfPrompt } from "../promptTitle.ts";

/**
 * Shows a message while a prompt runs, with a button to cancel it. If the prompt asks a question, the message shows the
 * question instead, until it is answered here or elsewhere, or the prompt has ended.
 */
export async function followPrompt(bridge: Bridge, execution: Execution, prompt: string): Promise<void> {
  const title = `Kiro CLI: ${titleOfPrompt(prompt)}`;
  await showProgress({ title, place: "message" }, async (report, signal) => {
    const show = (): void => {
      const question = execution.pendingInput;
      if (question === undefined)
        report(execution.status === "queued" ? l10n.t("waiting in the queue…") : l10n.t("answering…"));
      else report(question.prompt, { label: l10n.t("Answer…"), command: "answerQuestion", argument: execution.id });
    };
    show();
    onAbort(signal, () => void bridge.dispatcher.cancel(execution.id, editorUser));
    const watching = bridge.events.onDidAppend((event) => {
      const isOurs = "executionId" in event && event.executionId === execution.id;
      if (isOurs && event.type !== "command-output") show();
    });
    await execution.settled;
    await watching.dispose();
  });
}
