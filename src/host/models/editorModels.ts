import type * as vscode from "vscode";
import type { EditorModel, EditorModels } from "../../agents/engines/ports.ts";
import { onAbort } from "../../base/abort.ts";
import { abortable, within } from "../../base/deadline.ts";
import { DisposableStore } from "../../base/disposables.ts";
import { ModelFailure } from "../../core/models/modelFailure.ts";
import type { AssistantPart, StepEvent, StepRequest, StepUsage } from "../../core/models/step.ts";
import { type ModelsApi, OWN_VENDOR } from "./editorApi.ts";
import { editorFailure } from "./editorFailure.ts";
import { editorMessages, editorOptions } from "./editorMessages.ts";

/** Timeout in milliseconds for the list of models, which extensions make. */
const LIST_MS = 10_000;
/** Timeout in milliseconds for the number of tokens of a text. */
const COUNT_MS = 5000;
const CHARACTERS_PER_TOKEN = 4;
/** Maximum number of characters of an answer. */
const MAX_ANSWER = 16 * 1024 * 1024;
const NOT_ALLOWED =
  "Kiro Bridge may not use the models of this editor yet. Run 'Kiro Bridge: Allow Models of This Editor' to allow it.";

export interface EditorModelsDeps {
  readonly api: ModelsApi;
  readonly access: Pick<vscode.LanguageModelAccessInformation, "canSendRequest">;
  /** The state that the editor keeps for the extension, implemented by its `Memento`. */
  readonly state: { get(key: string): unknown; update(key: string, value: unknown): PromiseLike<void> };
}

/** True once the user has allowed it. */
const ALLOWED = "kiroBridge.editorModelsAllowed";

/** The models of the editor, and the user's permission to use them. */
export type AllowedEditorModels = EditorModels & Pick<EditorChatModels, "allow">;

/** The models that extensions offer to others in this editor. */
export class EditorChatModels implements Omit<EditorModels, "onDidChange"> {
  readonly #deps: EditorModelsDeps;

  constructor(deps: EditorModelsDeps) {
    this.#deps = deps;
  }

  async list(): Promise<readonly EditorModel[]> {
    const models = await this.#select({});
    return models.map((model) => ({
      id: `${model.vendor}/${model.id}`,
      name: model.name,
      vendor: model.vendor,
      maxInputTokens: model.maxInputTokens,
    }));
  }

  /**
   * Allows the use of the models, in response to an action of the user: the editor may ask them in its turn.
   * @throws ModelFailure if there is no such model, or the user has refused it
   */
  async allow(modelId: string, signal: AbortSignal): Promise<void> {
    const model = await abortable(this.#find(modelId), signal);
    // The first request makes the editor ask. Its answer is not needed.
    if (this.#deps.access.canSendRequest(model) !== true) {
      const request = { model: modelId, system: "", items: [hello], tools: [] };
      for await (const _event of this.#request(model, request, signal)) break;
    }
    await this.#deps.state.update(ALLOWED, true);
  }

  async *stream(request: StepRequest, signal: AbortSignal): AsyncIterable<StepEvent> {
    signal.throwIfAborted();
    if (this.#deps.state.get(ALLOWED) !== true) throw new ModelFailure("forbidden", NOT_ALLOWED);
    const model = await abortable(this.#find(request.model), signal);
    // Otherwise the editor would ask the user, who may not be there.
    if (this.#deps.access.canSendRequest(model) !== true) throw new ModelFailure("forbidden", NOT_ALLOWED);
    yield* this.#request(model, request, signal);
  }

  /** Returns the models of other extensions, none if they take too long. */
  async #select(selector: vscode.LanguageModelChatSelector): Promise<readonly vscode.LanguageModelChat[]> {
    const { lm } = this.#deps.api;
    if (typeof lm?.selectChatModels !== "function") return [];
    const models = await within(lm.selectChatModels(selector), LIST_MS, []);
    return models.filter(({ vendor }) => vendor !== OWN_VENDOR);
  }

  /** @throws ModelFailure */
  async #find(modelId: string): Promise<vscode.LanguageModelChat> {
    const slash = modelId.indexOf("/");
    const [model] =
      slash < 0 ? [] : await this.#select({ vendor: modelId.slice(0, slash), id: modelId.slice(slash + 1) });
    if (model !== undefined) return model;
    const known = (await this.list()).map(({ id }) => id);
    if (known.length > 0)
      throw new ModelFailure("not-found", `This editor has no model ${modelId}. It has ${known.join(", ")}.`);
    throw new ModelFailure(
      "unreachable",
      "This editor offers no models now. Install an extension that has some, such as GitHub Copilot, and sign in there.",
    );
  }

  async *#request(
    model: vscode.LanguageModelChat,
    request: StepRequest,
    signal: AbortSignal,
  ): AsyncIterable<StepEvent> {
    if (request.answerSchema !== undefined) {
      const words = "The models of the editor cannot be asked for JSON that matches a schema.";
      throw new ModelFailure("invalid", words, { parameter: "answerSchema" });
    }
    const { api } = this.#deps;
    const store = new DisposableStore();
    try {
      const cancelling = new api.CancellationTokenSource();
      store.defer(() => {
        // Ends a request that its reader has left.
        cancelling.cancel();
        cancelling.dispose();
      });
      store.add(onAbort(signal, () => cancelling.cancel()));
      const messages = editorMessages(request, api);
      const sent = model.sendRequest(messages, editorOptions(request, api), cancelling.token);
      const { stream } = await abortable(Promise.resolve(sent), signal);
      const parts: AssistantPart[] = [];
      yield* this.#read(stream, parts, signal);
      const usage = await this.#usage(model, request, parts, signal);
      const finish = parts.some(({ type }) => type === "call") ? "tool-calls" : "stop";
      yield { type: "end", result: { parts, finish, usage, model: request.model } };
    } catch (error) {
      signal.throwIfAborted();
      throw editorFailure(error);
    } finally {
      await store.dispose();
    }
  }

  async *#read(stream: AsyncIterable<unknown>, parts: AssistantPart[], signal: AbortSignal): AsyncIterable<StepEvent> {
    const { LanguageModelTextPart: TextPart, LanguageModelToolCallPart: CallPart } = this.#deps.api;
    const reading = stream[Symbol.asyncIterator]();
    let length = 0;
    for (;;) {
      // A stream need not end when it is cancelled.
      const { done, value } = await abortable(reading.next(), signal);
      if (done === true) return;
      if (value instanceof TextPart) {
        length += value.value.length;
        addText(parts, value.value);
        yield { type: "text", text: value.value };
      } else if (value instanceof CallPart) {
        const { callId: id, name } = value;
        const call = { type: "call", id, name, arguments: JSON.stringify(value.input ?? {}) } as const;
        length += call.arguments.length;
        parts.push(call);
        yield { type: "call-started", id, name };
      }
      if (length > MAX_ANSWER)
        throw new ModelFailure("too-large", `The answer has more than ${MAX_ANSWER} characters.`);
    }
  }

  /** Counts the tokens of a step. The editor does not say what the vendor has counted. */
  async #usage(
    model: vscode.LanguageModelChat,
    { system, items }: StepRequest,
    parts: readonly AssistantPart[],
    signal: AbortSignal,
  ): Promise<StepUsage> {
    const count = async (text: string): Promise<number> => {
      const estimate = Math.ceil(text.length / CHARACTERS_PER_TOKEN);
      const counting = Promise.resolve(model.countTokens(text)).catch(() => estimate);
      return await abortable(within(counting, COUNT_MS, estimate), signal);
    };
    const input = [system, ...items.map(textOf)].join("\n");
    const [inputTokens, outputTokens] = await Promise.all([count(input), count(textOf({ role: "assistant", parts }))]);
    return { inputTokens, outputTokens, isEstimated: true };
  }
}

const hello = { role: "user", content: [{ type: "text", text: "Reply with OK." }] } as const;

function addText(parts: AssistantPart[], text: string): void {
  const last = parts.at(-1);
  if (last?.type === "text") parts.splice(-1, 1, { type: "text", text: last.text + text });
  else parts.push({ type: "text", text });
}

/** Returns the text of an item, without images. */
function textOf(item: StepRequest["items"][number]): string {
  const content = item.role === "results" ? item.results.flatMap((result) => result.content) : [];
  const blocks = item.role === "user" ? item.content : content;
  const parts = item.role === "assistant" ? item.parts : [];
  return [
    ...blocks.map((block) => (block.type === "text" ? block.text : "")),
    ...parts.map((part) => (part.type === "text" ? part.text : part.type === "call" ? part.arguments : "")),
  ].join("\n");
}
