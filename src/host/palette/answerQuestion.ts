import type { Execution } from "../../core/execution.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { answerTo, type InputRequest } from "../../protocol/input.ts";
import type { Bridge } from "../compose.ts";
import { askForText, pick, tell } from "../messages.ts";

interface Asking {
  readonly execution: Execution;
  readonly question: InputRequest;
}

/** Lets the person answer a question that waits: the only one, or one that they pick. */
export async function answerQuestion(bridge: Bridge): Promise<void> {
  const asking = await pickQuestion(bridge);
  const value = asking === undefined ? undefined : await ask(asking.question);
  if (asking === undefined || value === undefined) return;
  try {
    bridge.dispatcher.answer(answerTo(asking.execution.id, asking.question, value));
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code === "VALIDATION_FAILED") throw error;
    void tell("information", `Kiro Bridge: ${error.message}`);
  }
}

async function pickQuestion(bridge: Bridge): Promise<Asking | undefined> {
  const waiting = [...bridge.executions.active].flatMap((execution) => {
    const question = execution.pendingInput;
    return question === undefined ? [] : [{ execution, question }];
  });
  if (waiting.length === 0) throw new BridgeError("NOT_FOUND", "Nothing waits for an answer.");
  if (waiting.length === 1) return waiting[0];
  const items = waiting.map((asking) => ({
    label: asking.question.prompt,
    description: asking.execution.task.command,
    asking,
  }));
  const picked = await pick(items, { title: "Questions that wait for an answer" });
  return picked?.asking;
}

async function ask({ inputType, prompt, choices = [] }: InputRequest): Promise<string | undefined> {
  const title = "Kiro asks";
  const values = inputType === "confirmation" ? ["yes", "no"] : inputType === "choice" ? choices : undefined;
  if (values === undefined) return askForText({ title, prompt });
  const items = values.map((value) => ({ label: value, value }));
  return (await pick(items, { title, placeHolder: prompt }))?.value;
}
