import type * as vscode from "vscode";
import * as z from "zod";
import { Emitter } from "../../../../src/base/events.ts";
import type { ModelsApi, PartClasses } from "../../../../src/host/models/editorApi.ts";

class TextPart implements vscode.LanguageModelTextPart {
  value: string;

  constructor(value: string) {
    this.value = value;
  }
}

class DataPart implements vscode.LanguageModelDataPart {
  static image(data: Uint8Array, mime: string): DataPart {
    return new DataPart(data, mime);
  }

  static text(value: string, mime = "text/plain"): DataPart {
    return new DataPart(Buffer.from(value), mime);
  }

  static json(value: unknown, mime = "application/json"): DataPart {
    return new DataPart(Buffer.from(JSON.stringify(value)), mime);
  }

  mimeType: string;
  data: Uint8Array;

  constructor(data: Uint8Array, mimeType: string) {
    this.data = data;
    this.mimeType = mimeType;
  }
}

class ToolCallPart implements vscode.LanguageModelToolCallPart {
  callId: string;
  name: string;
  input: object;

  constructor(callId: string, name: string, input: object) {
    this.callId = callId;
    this.name = name;
    this.input = input;
  }
}

class ToolResultPart implements vscode.LanguageModelToolResultPart {
  callId: string;
  content: unknown[];

  constructor(callId: string, content: unknown[]) {
    this.callId = callId;
    this.content = content;
  }
}

class PromptTsxPart implements vscode.LanguageModelPromptTsxPart {
  value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** A value of an enum of the editor, which has none outside of it. */
const role = z.custom<vscode.LanguageModelChatMessageRole>();
const toolMode = z.custom<vscode.LanguageModelChatToolMode>();
const roles = { User: role.parse(1), Assistant: role.parse(2) };
const toolModes = { Auto: toolMode.parse(1), Required: toolMode.parse(2) };

class ChatMessage implements vscode.LanguageModelChatMessage {
  static User(content: string | vscode.LanguageModelInputPart[]): ChatMessage {
    return new ChatMessage(roles.User, content);
  }

  static Assistant(content: string | vscode.LanguageModelInputPart[]): ChatMessage {
    return new ChatMessage(roles.Assistant, content);
  }

  role: vscode.LanguageModelChatMessageRole;
  content: vscode.LanguageModelInputPart[];
  name: string | undefined;

  constructor(
    role: vscode.LanguageModelChatMessageRole,
    content: string | vscode.LanguageModelInputPart[],
    name?: string,
  ) {
    this.role = role;
    this.content = typeof content === "string" ? [new TextPart(content)] : content;
    this.name = name;
  }
}

class TokenSource implements vscode.CancellationTokenSource {
  readonly #cancelled = new Emitter<unknown>();
  readonly token: { isCancellationRequested: boolean; onCancellationRequested: vscode.Event<unknown> };

  constructor() {
    const onCancellationRequested: vscode.Event<unknown> = (listener) => {
      const listening = this.#cancelled.event(listener);
      return { dispose: () => void listening.dispose() };
    };
    this.token = { isCancellationRequested: false, onCancellationRequested };
  }

  cancel(): void {
    if (this.token.isCancellationRequested) return;
    this.token.isCancellationRequested = true;
    this.#cancelled.fire(undefined);
  }

  dispose(): void {
    this.#cancelled.dispose();
  }
}

/** The editor's classes for models, as VS Code has them. */
export const modelClasses = {
  LanguageModelTextPart: TextPart,
  LanguageModelDataPart: DataPart,
  LanguageModelToolCallPart: ToolCallPart,
  LanguageModelToolResultPart: ToolResultPart,
  LanguageModelPromptTsxPart: PromptTsxPart,
  LanguageModelChatMessage: ChatMessage,
  LanguageModelChatToolMode: toolModes,
  CancellationTokenSource: TokenSource,
} satisfies Omit<ModelsApi, "lm"> & PartClasses;

/** What a model of the fake editor does with a request. */
export type Answer = (
  messages: readonly vscode.LanguageModelChatMessage[],
  options: vscode.LanguageModelChatRequestOptions,
  token: vscode.CancellationToken,
) => AsyncIterable<unknown>;

export interface FakeModel {
  readonly vendor: string;
  readonly id: string;
  readonly answer: Answer;
  /** Default: a token for each word. */
  readonly countTokens?: (text: string) => Promise<number>;
}

/** An editor with models, and the access of one extension to them. */
export class FakeModelsEditor {
  #models: readonly FakeModel[] = [];
  /** By vendor; undefined if the user was not asked. */
  readonly access = new Map<string, boolean>();
  /** The vendors for which the editor has asked the user, who allows it. */
  readonly asked: string[] = [];
  readonly api: ModelsApi = {
    ...modelClasses,
    lm: {
      selectChatModels: async (selector) => this.#select(selector ?? {}),
    },
  };

  canSendRequest({ vendor }: vscode.LanguageModelChat): boolean | undefined {
    return this.access.get(vendor);
  }

  offer(models: readonly FakeModel[]): void {
    this.#models = models;
  }

  #select({ vendor, id }: vscode.LanguageModelChatSelector): vscode.LanguageModelChat[] {
    return this.#models
      .filter((model) => (vendor ?? model.vendor) === model.vendor && (id ?? model.id) === model.id)
      .map((model) => this.#modelOf(model));
  }

  #modelOf({ vendor, id, answer, countTokens }: FakeModel): vscode.LanguageModelChat {
    return {
      vendor,
      id,
      name: id.toUpperCase(),
      family: id,
      version: "1",
      maxInputTokens: 1000,
      countTokens: async (text) => await (countTokens ?? wordsIn)(typeof text === "string" ? text : ""),
      sendRequest: async (messages, options = {}, token = new TokenSource().token) => {
        if (!this.access.has(vendor)) this.asked.push(vendor);
        this.access.set(vendor, this.access.get(vendor) ?? true);
        if (this.access.get(vendor) === false) throw new LanguageModelError("NoPermissions");
        return { stream: answer(messages, options, token), text: noText() };
      },
    };
  }
}

/** As the editor's own class, with the code that says what is wrong. */
export class LanguageModelError extends Error {
  static readonly NotFound = (message = ""): LanguageModelError => new LanguageModelError("NotFound", message);
  static readonly NoPermissions = (message = ""): LanguageModelError =>
    new LanguageModelError("NoPermissions", message);
  static readonly Blocked = (message = ""): LanguageModelError => new LanguageModelError("Blocked", message);

  readonly code: string;

  constructor(code: string, message = "", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

async function wordsIn(text: string): Promise<number> {
  return text.split(/\s+/).filter((word) => word !== "").length;
}

async function* noText(): AsyncIterable<string> {}
