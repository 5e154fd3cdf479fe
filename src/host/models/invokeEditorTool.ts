import type * as vscode from "vscode";
import { onAbort } from "../../base/abort.ts";
import { abortable } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";

/** Maximum number of characters of a result. */
const MAX_RESULT = 16 * 1024 * 1024;

/** The parts of the editor's API for calls of tools. */
export interface ToolsApi
  extends Pick<
    typeof vscode,
    "CancellationTokenSource" | "LanguageModelTextPart" | "LanguageModelDataPart" | "LanguageModelPromptTsxPart"
  > {
  readonly lm: Pick<typeof vscode.lm, "invokeTool">;
}

/**
 * Calls a tool of the editor outside of a chat: before a tool that may change something, the editor asks its user.
 * @returns the texts of the result; images and the like are only named
 * @throws the error of the tool; the signal's reason
 */
export async function invokeEditorTool(
  api: ToolsApi,
  name: string,
  input: object,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const store = new DisposableStore();
  try {
    const cancelling = new api.CancellationTokenSource();
    store.defer(() => cancelling.dispose());
    store.add(onAbort(signal, () => cancelling.cancel()));
    const invoking = api.lm.invokeTool(name, { input, toolInvocationToken: undefined }, cancelling.token);
    const { content } = await abortable(Promise.resolve(invoking), signal);
    return textOf(content, api);
  } finally {
    await store.dispose();
  }
}

function textOf(content: readonly unknown[], api: ToolsApi): string {
  const texts: string[] = [];
  let length = 0;
  for (const part of content) {
    const text = textOfPart(part, api);
    length += text.length;
    if (length > MAX_RESULT) throw new Error(`The result has more than ${MAX_RESULT} characters.`);
    texts.push(text);
  }
  return texts.join("\n");
}

function textOfPart(part: unknown, api: ToolsApi): string {
  if (part instanceof api.LanguageModelTextPart) return part.value;
  if (part instanceof api.LanguageModelDataPart) return `(${part.mimeType})`;
  // Made for the prompts of one library, so that it has no text of its own.
  return part instanceof api.LanguageModelPromptTsxPart ? "(a prompt)" : "(another part)";
}
