import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import { editorUser } from "../../core/access/principal.ts";
import type { Execution } from "../../core/executions/execution.ts";
import { BridgeError, isBridgeError } from "../../protocol/errors.ts";
import { answerTo, type InputRequest } from "../../protocol/input.ts";
import type { Bridge } from "../compose.ts";
import { askForText, pick, tell, tellBriefly } from "../status/messages.ts";
import { agentPromptedBy } from "../../protocol/agents/promptCommand.ts";
import { titleOfPrompt } from "../promptTitle.ts";

const ANSWERED = l10n.t("Kiro Bridge: This question has already been answered.");

interface Asking {
  readonly execution: Execution;
  readonly question: InputRequest;
}

/**
 * Lets the user answer a pending question: the only one, or a selected one.
 * @param argument ID of the execution, to skip the selection
 */
export async function answerQuestion(bridge: Bridge, argument: unknown): Promise<void> {
  const waiting = [...bridge.executions.active].flatMap((execution) => {
    const question = execution.pendingInput;
    return question === undefined ? [] : [{ execution, question }];
  });
  const isChosen = typeof argument === "string";
  const asking = isChosen ? waiting.find(({ execution }) => execution.id === argument) : await pickQuestion(waiting);
  if (asking !== undefined) await putQuestion(bridge, asking);
  else if (isChosen) tellBriefly(ANSWERED);
}

async function pickQuestion(waiting: readonly Asking[]): Promise<Asking | undefined> {
  if (waiting.length === 0) throw new BridgeError("NOT_FOUND", "No question is waiting for an answer.");
  if (waiting.length === 1) return waiting[0];
  const items = waiting.map((asking) => ({
    label: asking.question.prompt,
    description: titleOf(asking),
    asking,
  }));
  const picked = await pick(items, { title: l10n.t("Select a question to answer") });
  return picked?.asking;
}

/** Asks until the question is answered here or elsewhere, or is no longer open, which closes the input. */
async function putQuestion(bridge: Bridge, asking: Asking): Promise<void> {
  const { execution, question } = asking;
  const answered = new AbortController();
  const watching = bridge.events.onDidAppend(() => {
    if (execution.pendingInput?.questionId !== question.questionId) answered.abort();
  });
  try {
    const value = await ask(question, `${agentOf(asking)}: ${titleOf(asking)}`, answered.signal);
    if (value !== undefined) bridge.dispatcher.answer(answerTo(execution.id, question, value), editorUser);
    else if (answered.signal.aborted) tellBriefly(ANSWERED);
  } catch (error) {
    if (!isBridgeError(error) || error.code === "VALIDATION_FAILED") throw error;
    void tell("information", `Kiro Bridge: ${translate(error.message)}`);
  } finally {
    await watching.dispose();
  }
}

async function ask(
  { inputType, prompt, choices = [] }: InputRequest,
  title: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const values = inputType === "confirmation" ? ["yes", "no"] : inputType === "choice" ? choices : undefined;
  if (values === undefined) return askForText({ title, prompt }, signal);
  const words: Readonly<Record<string, string>> =
    inputType === "confirmation" ? { yes: l10n.t("yes"), no: l10n.t("no") } : {};
  const items = values.map((value) => ({ label: words[value] ?? value, value }));
  return (await pick(items, { title, placeHolder: prompt, ignoreFocusOut: true }, signal))?.value;
}

function agentOf({ execution }: Asking): string {
  const { task, target } = execution;
  return agentPromptedBy(task.command) ?? target;
}

/** Returns the prompt of the user or program. */
function titleOf({ execution }: Asking): string {
  const { command, args } = execution.task;
  return titleOfPrompt(args[0] ?? command);
}
