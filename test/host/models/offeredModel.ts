import assert from "node:assert/strict";
import * as vscode from "vscode";
import { eventually } from "../../support/editor/deadline.ts";

/** The vendor of what the extension under test offers to the editor. */
export const VENDOR = "kiro-bridge";
const DEADLINE_MS = 60_000;

interface Answer {
  readonly text: string;
  readonly calls: readonly vscode.LanguageModelToolCallPart[];
}

/** Asks a model as an extension of the editor does. */
export async function askModel(
  model: vscode.LanguageModelChat,
  messages: vscode.LanguageModelChatMessage[],
  options: vscode.LanguageModelChatRequestOptions = {},
): Promise<Answer> {
  const { stream } = await model.sendRequest(messages, options);
  let text = "";
  const calls: vscode.LanguageModelToolCallPart[] = [];
  for await (const part of stream) {
    if (part instanceof vscode.LanguageModelTextPart) text += part.value;
    if (part instanceof vscode.LanguageModelToolCallPart) calls.push(part);
  }
  return { text, calls };
}

/** Waits until the editor has a model of the extension under test, which it offers once its bridge is on. */
export async function untilOffered(id: string): Promise<void> {
  const look = async () => ((await vscode.lm.selectChatModels({ vendor: VENDOR, id })).length > 0 ? true : undefined);
  await eventually(look, { what: `the model ${id} in the editor`, deadlineMs: DEADLINE_MS });
}

/** Returns a model of the extension under test, as other extensions get it. */
export async function offeredModel(id: string): Promise<vscode.LanguageModelChat> {
  const [model] = await vscode.lm.selectChatModels({ vendor: VENDOR, id });
  assert.ok(model, `the editor has the model ${id}`);
  return model;
}
