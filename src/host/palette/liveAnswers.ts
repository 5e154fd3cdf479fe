import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { RunOnce } from "../../base/runOnce.ts";
import type { EventLog } from "../../core/events/eventLog.ts";
import type { Execution } from "../../core/executions/execution.ts";
import { answerDocument } from "../answerDocument.ts";
import { titleOfPrompt } from "../promptTitle.ts";

const SCHEME = "kiro-bridge-answer";
/** Characters not allowed in file names on some system. */
const NO_FILE_NAME = /[\\/:*?"<>|#%…]+/g;
/** Throttle time for redraws of a growing answer, in milliseconds. */
const REDRAW_MS = 100;

/** Shows a growing answer in an editor. The text is the execution's own, without a copy. */
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
    const name = titleOfPrompt(promptOf(execution)).replaceAll(NO_FILE_NAME, " ").trim() || "Kiro CLI";
    // The name is for the user, and may repeat; the ID makes the URI unique.
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.md`, query: execution.id });
    this.#shown.set(uri.toString(), execution);
    const redraw = new RunOnce(() => this.#changed.fire(uri), REDRAW_MS);
    const following = events.onDidAppend((event) => {
      if ("executionId" in event && event.executionId === execution.id) redraw.schedule();
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
    return execution === undefined
      ? l10n.t("This answer is no longer available.")
      : answerDocument(promptOf(execution), execution);
  }

  dispose(): Promise<void> {
    this.#shown.clear();
    return this.#store.dispose();
  }
}

function promptOf({ task }: Execution): string {
  return task.kind === "chat" ? task.prompt : "";
}
