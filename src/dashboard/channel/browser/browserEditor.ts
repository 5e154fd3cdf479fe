import { BridgeError } from "../../../protocol/errors.ts";
import type { ExecuteRequest } from "../../../protocol/executions.ts";
import { parseRun } from "../../../core/runFile.ts";
import type { RunExport } from "../../../protocol/runExport.ts";
import type { ActionParams, ActPush, BrowserAction } from "../../contract/browser.ts";
import type { Copied, Question } from "../../contract/questions.ts";
import { curlLine, SAMPLE_REQUEST, tokenVariable } from "../curlLine.ts";
import type { EditorActions } from "../editorActions.ts";
import { PendingActions } from "../relay/pendingActions.ts";

export interface BrowserEditorDeps {
  /** Throws a BridgeError for a message that cannot be sent. */
  readonly send: (push: ActPush) => void;
  /** Runs a request of the client. */
  readonly submit: (request: ExecuteRequest) => Promise<unknown>;
}

/** Has the page in a browser do what the editor does for the other dashboards. Each action ends when the page is closed. */
export class BrowserEditor implements EditorActions {
  readonly #deps: BrowserEditorDeps;
  readonly #url: string;
  readonly #actions = new PendingActions();

  /** @param url the address by which the page has reached the bridge */
  constructor(deps: BrowserEditorDeps, url: string) {
    this.#deps = deps;
    this.#url = url;
  }

  manageTrust = (): Promise<never> => Promise.reject(onlyInEditor());
  openDocument = (): Promise<never> => Promise.reject(onlyInEditor());

  async run(command: Parameters<EditorActions["run"]>[0]): Promise<void> {
    const { platform } = process;
    if (command === "copyAddress") await this.copy(this.#url, "text");
    else if (command === "copyCurl")
      await this.copy(curlLine(this.#url, tokenVariable(platform), SAMPLE_REQUEST, platform), "curl");
    else if (command === "askCli") await this.#askAgent();
    else throw onlyInEditor();
  }

  async openText(content: string, language: string): Promise<void> {
    await this.#act("openText", { content, language });
  }

  async copy(text: string, copied: Copied): Promise<void> {
    await this.#act("copy", { text, copied });
  }

  async confirm(question: Question): Promise<boolean> {
    return (await this.#act("confirm", { question })) === true;
  }

  async confirmClearHistory(): Promise<boolean> {
    return (await this.#act("confirmClearHistory", {})) === true;
  }

  async saveRun(run: RunExport): Promise<boolean> {
    return (await this.#act("saveRun", { run })) === true;
  }

  async openRun(): Promise<RunExport | undefined> {
    const text = await this.#act("openRun", {});
    return typeof text === "string" ? parseRun(text) : undefined;
  }

  succeed(id: number, result: unknown): void {
    this.#actions.succeed(id, result);
  }

  fail(id: number, message: string): void {
    this.#actions.fail(id, new BridgeError("COMMAND_EXECUTION_FAILED", message));
  }

  close(): void {
    this.#actions.close();
  }

  /** Resolves when the prompt is running or queued; the page shows its answer as that of any run. */
  async #askAgent(): Promise<void> {
    const prompt = await this.#act("askPrompt", {});
    if (typeof prompt !== "string" || prompt.trim() === "") return;
    await this.#deps.submit({ command: "kiro.cli.chat", args: [prompt] });
  }

  #act<A extends BrowserAction>(action: A, params: ActionParams<A>): Promise<unknown> {
    return this.#actions.act((actionId) => this.#deps.send({ type: "act", actionId, action, params }));
  }
}

function onlyInEditor(): BridgeError {
  return new BridgeError("ACCESS_DENIED", "Only a window of the editor can do this.", { rule: "editor" });
}
