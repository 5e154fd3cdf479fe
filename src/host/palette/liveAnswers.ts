import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { EventLog } from "../../core/eventLog.ts";
import type { Execution } from "../../core/execution.ts";

const SCHEME = "kiro-bridge-answer";
/** Redraws of a growing answer are gathered, in milliseconds. */
const REDRAW_MS = 100;

/** Shows an answer in an editor while it grows. The text is the execution's own: nothing is kept twice. */
export class LiveAnswers implements vscode.TextDocumentContentProvider, Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());
  readonly onDidChange = this.#changed.event;
  readonly #shown = new Map<string, Execution>();

  constructor() {
    this.#store.add(vscode.workspace.registerTextDocumentContentProvider(SCHEME, this));
    this.#store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => void this.#shown.delete(uri.toString())));
  }

  /** Opens the answer and follows it to its end. */
  async show(execution: Execution, events: EventLog): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${execution.id}.md` });
    this.#shown.set(uri.toString(), execution);
    const redraw = gathered(() => this.#changed.fire(uri));
    const following = events.onDidAppend((event) => {
      if ("executionId" in event && event.executionId === execution.id) redraw.later();
    });
    void execution.settled.then(() => {
      void following.dispose();
      redraw.now();
    });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
      preview: false,
      preserveFocus: true,
    });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const execution = this.#shown.get(uri.toString());
    return execution === undefined ? "This answer is no longer kept." : documentOf(execution);
  }

  dispose(): Promise<void> {
    this.#shown.clear();
    return this.#store.dispose();
  }
}

function documentOf(execution: Execution): string {
  const { output, error, status } = execution.response();
  const question = execution.pendingInput === undefined ? "" : `\n\n> ${execution.pendingInput.prompt}\n`;
  if (status === "queued") return "*Waiting in line …*\n";
  if (status === "running") return `${output} …\n`;
  if (status === "waiting-input") return `${output}${question}`;
  return error === undefined ? `${output}\n` : `${output}\n\n*${error}*\n`;
}

function gathered(work: () => void): { later(): void; now(): void } {
  let timer: NodeJS.Timeout | undefined;
  const now = (): void => {
    clearTimeout(timer);
    timer = undefined;
    work();
  };
  return { now, later: () => void (timer ??= setTimeout(now, REDRAW_MS)) };
}
