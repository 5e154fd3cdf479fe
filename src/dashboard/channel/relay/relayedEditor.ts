import { BridgeError } from "../../../protocol/errors.ts";
import type { RunExport } from "../../../protocol/runExport.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import { type Copied, copiedWords, type Question, questionWords } from "../../contract/questions.ts";
import type { EditorActions } from "../editorActions.ts";
import type { RelayedAction, ToMember, ToOwner } from "./relayMessages.ts";

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: BridgeError) => void;
}

type Send = (message: Extract<ToMember, { kind: "act" }>) => void;

/** The editor of the window that has the dashboard. Each action is settled: by its outcome, or when the relay is closed. */
export class RelayedEditor implements EditorActions {
  readonly #send: Send;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #isClosed = false;

  /** @param send throws a BridgeError for a message that is too large */
  constructor(send: Send) {
    this.#send = send;
  }

  run = (): Promise<never> => Promise.reject(notRelayed());
  manageTrust = (): Promise<never> => Promise.reject(notRelayed());
  openDocument = (): Promise<never> => Promise.reject(notRelayed());
  openRun = (): Promise<never> => Promise.reject(notRelayed());

  async openText(content: string, language: string): Promise<void> {
    await this.#act("openText", [content, language]);
  }

  async copy(text: string, copied: Copied): Promise<void> {
    await this.#act("copy", [text, copiedWords(copied)]);
  }

  async confirm(asked: Question): Promise<boolean> {
    const { question, detail, yes, no } = questionWords(asked);
    const parts = [question, detail, yes, ...(no === undefined ? [] : [no])];
    return (await this.#act("confirm", parts)) === true;
  }

  async confirmClearHistory(): Promise<boolean> {
    return (await this.#act("confirmClearHistory", [])) === true;
  }

  async saveRun(run: RunExport): Promise<boolean> {
    return (await this.#act("saveRun", [run])) === true;
  }

  /** Settles an action with its outcome. */
  receive(outcome: Extract<ToOwner, { kind: "done" | "failed" }>): void {
    const pending = this.#pending.get(outcome.id);
    this.#pending.delete(outcome.id);
    if (outcome.kind === "done") pending?.resolve(outcome.result);
    else {
      const { code, message, context } = outcome.error;
      pending?.reject(new BridgeError(code, message, context));
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(gone());
    this.#pending.clear();
  }

  async #act(action: RelayedAction, params: readonly unknown[]): Promise<unknown> {
    if (this.#isClosed) throw gone();
    const id = ++this.#lastId;
    this.#send({ kind: "act", id, action, params: [...params] });
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject });
    return promise;
  }
}

function gone(): BridgeError {
  return unavailable("window-gone", "The window of the dashboard was closed.");
}

function notRelayed(): BridgeError {
  return new BridgeError("CONFIGURATION_ERROR", "Only the window of the dashboard can do this.");
}
