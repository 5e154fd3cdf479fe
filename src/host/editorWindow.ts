import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../base/disposables.ts";
import { Emitter } from "../base/events.ts";
import type { WindowPort } from "../core/ports.ts";
import type { WindowRecord } from "../protocol/status.ts";

/** This window, as the core's `WindowPort`. The record is made anew when the folders change, not for each request. */
export class EditorWindow implements WindowPort, Disposable {
  readonly editorVersion = vscode.version;
  readonly #id = randomUUID();
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  #record = this.#describe();

  constructor() {
    this.#store.add(
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#record = this.#describe();
        this.#changed.fire();
      }),
    );
  }

  describe(): WindowRecord {
    return this.#record;
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  #describe(): WindowRecord {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return {
      id: this.#id,
      pid: process.pid,
      editor: vscode.env.appName,
      workspaceFolders: folders.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath),
    };
  }
}
