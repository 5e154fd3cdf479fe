import { BridgeError } from "../../../protocol/errors.ts";
import type { RunExport } from "../../../protocol/runExport.ts";
import { type Copied, copiedWords, type Question, questionWords } from "../../contract/questions.ts";
import type { EditorActions } from "../editorActions.ts";
import { PendingActions } from "./pendingActions.ts";
import type { RelayedAction, ToMember, ToOwner } from "./relayMessages.ts";

type Send = (message: Extract<ToMember, { kind: "act" }>) => void;

/** The editor of the window that has the dashboard. Each action is settled: by its outcome, or when the relay is closed. */
export class RelayedEditor implements EditorActions {
  readonly #send: Send;
  readonly #pending = new PendingActions();

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
    if (outcome.kind === "done") this.#pending.succeed(outcome.id, outcome.result);
    else {
      const { code, message, context } = outcome.error;
      this.#pending.fail(outcome.id, new BridgeError(code, message, context));
    }
  }

  close(): void {
    this.#pending.close();
  }

  #act(action: RelayedAction, params: readonly unknown[]): Promise<unknown> {
    return this.#pending.act((id) => this.#send({ kind: "act", id, action, params: [...params] }));
  }
}

function notRelayed(): BridgeError {
  return new BridgeError("CONFIGURATION_ERROR", "Only the window of the dashboard can do this.");
}
